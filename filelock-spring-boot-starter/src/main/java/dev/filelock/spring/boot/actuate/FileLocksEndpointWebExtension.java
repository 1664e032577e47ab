package dev.filelock.spring.boot.actuate;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.Show;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.EndpointWebExtension;

/** The endpoint on the web: shows command lines to whom they may be shown, and answers with fitting status codes. */
@EndpointWebExtension(endpoint = FileLocksEndpoint.class)
public final class FileLocksEndpointWebExtension {
    private static final int CONFLICT = 409;

    private final FileLocksEndpoint endpoint;
    private final Show showValues;
    private final Set<String> roles;

    FileLocksEndpointWebExtension(FileLocksEndpoint endpoint, Show showValues, Set<String> roles) {
        this.endpoint = endpoint;
        this.showValues = showValues;
        this.roles = roles;
    }

    /**
     * All locks.
     *
     * @param security who asks
     * @return what is held, what is waited for, and what crashes left
     */
    @ReadOperation
    public FileLocksEndpoint.Locks locks(SecurityContext security) {
        return endpoint.locks(showValues.isShown(security, roles));
    }

    /**
     * One lock.
     *
     * @param security who asks
     * @param id the first 16 hexadecimal digits of the SHA-256 of its path
     * @return null, which becomes 404, if it is neither held nor waited for and has no leftovers
     */
    @ReadOperation
    public FileLocksEndpoint.@Nullable Lock lock(SecurityContext security, @Selector String id) {
        return endpoint.lock(id, showValues.isShown(security, roles));
    }

    /**
     * Removes a record that a crash left behind.
     *
     * @param id the first 16 hexadecimal digits of the SHA-256 of the lock's path
     * @param claim the {@code token} of the record
     * @return 200 if it was removed, 404 if there is no such lock or record, 409 if it may not be removed
     */
    @DeleteOperation
    public WebEndpointResponse<FileLocksEndpoint.Removal> remove(@Selector String id, String claim) {
        FileLocksEndpoint.Removal removal = endpoint.remove(id, claim);
        int status = switch (removal.outcome()) {
            case REMOVED -> WebEndpointResponse.STATUS_OK;
            case NOT_FOUND -> WebEndpointResponse.STATUS_NOT_FOUND;
            case REFUSED -> CONFLICT;
        };
        return new WebEndpointResponse<>(removal, status);
    }
}
