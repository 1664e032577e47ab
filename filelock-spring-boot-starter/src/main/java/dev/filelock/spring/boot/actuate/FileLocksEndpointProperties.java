package dev.filelock.spring.boot.actuate;

import java.util.Set;
import org.springframework.boot.actuate.endpoint.Show;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The endpoint's own properties.
 *
 * @param showValues when to show the full command lines of other processes, which may hold secrets
 * @param roles who is authorized to see them; without any, whoever is authenticated
 */
@ConfigurationProperties("management.endpoint.filelocks")
public record FileLocksEndpointProperties(
        @DefaultValue("never") Show showValues,
        @DefaultValue Set<String> roles) {}
