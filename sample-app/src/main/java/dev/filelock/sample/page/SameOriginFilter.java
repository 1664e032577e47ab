package dev.filelock.sample.page;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import tools.jackson.databind.json.JsonMapper;

/**
 * Keeps other web sites out. Whatever site a browser shows may send requests to 127.0.0.1, too.
 *
 * <ul>
 *   <li>A {@code Host} that is not ours means a name that somebody else's name server gave for our address (DNS rebinding), by
 *       which that site could read the answers: refused, whatever the method.
 *   <li>What changes something has to come from our own page, as {@code Sec-Fetch-Site} and {@code Origin} tell; browsers
 *       don't let a site forge them. Programs such as curl send neither and are let through.
 *   <li>The page may load and run only what comes from here, may turn no text into HTML, and is shown in no frame.
 * </ul>
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
class SameOriginFilter extends OncePerRequestFilter {
    static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
            + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
            + "require-trusted-types-for 'script'; trusted-types 'none'";

    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");
    private static final String SITE = "Sec-Fetch-Site";
    private static final List<String> OWN_SITE = List.of("same-origin", "none");

    private final List<String> hosts;
    private final JsonMapper json;

    SameOriginFilter(PageProperties properties, JsonMapper json) {
        this.hosts = properties.hosts();
        this.json = json;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        response.setHeader("Content-Security-Policy", POLICY);
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader("Referrer-Policy", "no-referrer");
        response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
        response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
        String reason = refusal(request);
        if (reason == null) {
            chain.doFilter(request, response);
        } else {
            ProblemDetail problem = ProblemDetail.forStatusAndDetail(HttpStatus.FORBIDDEN, reason);
            response.setStatus(problem.getStatus());
            response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
            response.getOutputStream().write(json.writeValueAsBytes(problem));
        }
    }

    private @Nullable String refusal(HttpServletRequest request) {
        String host = host("http://" + request.getHeader(HttpHeaders.HOST));
        if (host == null || !hosts.contains(host)) {
            return "Host '" + request.getHeader(HttpHeaders.HOST) + "' is not one of " + hosts
                    + ". If it is a name of this service, add it to sample.page.hosts";
        }
        if (SAFE.contains(request.getMethod())) {
            return null;
        }
        String site = request.getHeader(SITE);
        if (site != null && !OWN_SITE.contains(site)) {
            return request.getMethod() + " from another site (" + SITE + ": " + site + ")";
        }
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        if (origin != null && !isOurs(origin, request)) {
            return request.getMethod() + " from another site (Origin: " + origin + ")";
        }
        return null;
    }

    /** The port counts, too: another service of this machine is another site. */
    private static boolean isOurs(String origin, HttpServletRequest request) {
        return origin.equalsIgnoreCase(request.getScheme() + "://" + request.getHeader(HttpHeaders.HOST));
    }

    private static @Nullable String host(String address) {
        try {
            String host = URI.create(address).getHost();
            return host == null ? null : host.toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
