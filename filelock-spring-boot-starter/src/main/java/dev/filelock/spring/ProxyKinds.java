package dev.filelock.spring;

import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import org.springframework.aop.config.AopConfigUtils;
import org.springframework.aop.framework.ProxyConfig;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.util.ClassUtils;

/** What kind of proxy Spring makes for a class. */
final class ProxyKinds {
    private final BeanFactory beans;

    ProxyKinds(BeanFactory beans) {
        this.beans = beans;
    }

    boolean isFinalAndNeedsClassProxy(Class<?> type) {
        return Modifier.isFinal(type.getModifiers()) && needsClassProxy(type);
    }

    /** Whether the proxy will be a subclass, rather than implement the interfaces of the class. */
    boolean needsClassProxy(Class<?> type) {
        if (type.isInterface() || Proxy.isProxyClass(type) || ClassUtils.isLambdaClass(type)) {
            return false;
        }
        return creatorMakesClassProxies() || ClassUtils.getAllInterfacesForClass(type).length == 0;
    }

    private boolean creatorMakesClassProxies() {
        return beans.containsBean(AopConfigUtils.AUTO_PROXY_CREATOR_BEAN_NAME)
                && beans.getBean(AopConfigUtils.AUTO_PROXY_CREATOR_BEAN_NAME) instanceof ProxyConfig creator
                && creator.isProxyTargetClass();
    }
}
