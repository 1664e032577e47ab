package dev.filelock.spring;

import java.lang.reflect.Method;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;

/** Reads annotations, each once. */
final class LockPlans {
    private final LockedMethodFinder methods;
    private final ConfigurableBeanFactory beans;
    private final Map<LockedMethod, CallPlan> plans = new ConcurrentHashMap<>();

    LockPlans(LockedMethodFinder methods, ConfigurableBeanFactory beans) {
        this.methods = methods;
        this.beans = beans;
    }

    LockedMethodFinder methods() {
        return methods;
    }

    /**
     * The plan for a method.
     *
     * @return null if it is not locked
     * @throws FileLockMisuseException if its annotations make no sense
     */
    @Nullable CallPlan find(Method method, Class<?> targetClass) {
        LockedMethod locked = methods.find(method, targetClass);
        return locked == null ? null : plan(locked);
    }

    /**
     * The plan of a method's annotations.
     *
     * @throws FileLockMisuseException if they make no sense, with all the reasons
     */
    CallPlan plan(LockedMethod locked) {
        CallPlan known = plans.get(locked);
        if (known != null) {
            return known;
        }
        CallPlan plan = new PlanReader(locked, beans).read();
        plans.put(locked, plan);
        return plan;
    }
}
