package dev.filelock.engine;

import dev.filelock.FileLockException;
import dev.filelock.LockBackend;
import dev.filelock.LockOptions;
import dev.filelock.protocol.FileIdentity;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The files in use in this JVM. An entry stays while it is pinned, by a waiter or by a hold, and longer only if its protocol would
 * lose something; so names that nobody uses cost nothing.
 */
final class LockTable {
    private final FileKeys keys;
    private final ConcurrentHashMap<FileKey, LockEntry> entries = new ConcurrentHashMap<>();

    /** Pinned entries of directories that are gone, whose key is by now that of another. Changed only while it is computed. */
    private final Set<LockEntry> displaced = ConcurrentHashMap.newKeySet();

    /** The entries without pins that are not forgettable. Changed only while their key is computed. */
    private final Set<LockEntry> idle = ConcurrentHashMap.newKeySet();

    private final ConcurrentHashMap<FileIdentity, LockEntry> heldFiles = new ConcurrentHashMap<>();

    /** The entries by their paths: several of one path if its directory was replaced by another while it was in use. */
    private final ConcurrentHashMap<Path, List<LockEntry>> namesakes = new ConcurrentHashMap<>();

    LockTable(FileKeys keys) {
        this.keys = keys;
    }

    /** Finds or makes the entry of a file and keeps it until {@link #unpin}. May take I/O. */
    LockEntry pin(FileKey key, Request request, Supplier<LockEntry> maker) {
        LockEntry found = entries.get(key);
        LockEntry gone = found != null && !isOfKey(found, request.path()) ? found : null;
        return entries.compute(key, (k, present) -> {
            LockEntry chosen = present;
            if (chosen == null || chosen == gone || (chosen.pins == 0 && !isReusable(chosen, request))) {
                chosen = maker.get();
                remember(chosen);
            } else if (!suits(chosen, request)) {
                throw conflict(chosen, request);
            }
            if (present != null) {
                idle.remove(present);
                if (present != chosen && present.pins > 0) {
                    displaced.add(present);
                } else if (present != chosen) {
                    forget(present);
                }
            }
            chosen.pins++;
            return chosen;
        });
    }

    /**
     * Whether an entry found by the key of a path is of the file it names. It is if its own path leads there too; else its directory
     * was deleted, and the one that the key was made of has been given its inode.
     */
    private boolean isOfKey(LockEntry found, Path path) {
        return found.path.equals(path) || found.key.equals(keys.findIn(found.path));
    }

    /**
     * Whether a pinned entry is of the file that a path names now. Both lead there, unless one of the two directories was deleted, and
     * the other given its inode, between making the key and pinning by it, or since then one was moved or a link to it replaced. May
     * take I/O.
     */
    boolean isOf(LockEntry pinned, Path path) {
        return pinned.path.equals(path)
                || (pinned.key.equals(keys.findIn(path)) && pinned.key.equals(keys.findIn(pinned.path)));
    }

    /** Keeps an entry, unless it is forgotten by now, for one more {@link #unpin}. */
    void pinAgain(LockEntry entry) {
        entries.compute(entry.key, (key, present) -> {
            if (present == entry || displaced.contains(entry)) {
                idle.remove(entry);
                entry.pins++;
            }
            return present;
        });
    }

    void unpin(LockEntry entry) {
        entries.compute(entry.key, (key, present) -> {
            if (present != entry && !displaced.contains(entry)) {
                return present;
            }
            entry.pins--;
            if (entry.pins > 0) {
                return present;
            }
            if (displaced.remove(entry)) {
                forget(entry);
                return present;
            }
            if (entry.forgettable()) {
                forget(entry);
                return null;
            }
            idle.add(entry);
            return entry;
        });
        if (!idle.isEmpty()) {
            idle.forEach(this::forgetIfPossible);
        }
    }

    private void forgetIfPossible(LockEntry candidate) {
        if (candidate.forgettable()) {
            entries.computeIfPresent(candidate.key, (key, present) -> {
                if (present != candidate || candidate.pins > 0) {
                    return present;
                }
                idle.remove(candidate);
                forget(candidate);
                return null;
            });
        }
    }

    private void remember(LockEntry made) {
        namesakes.merge(made.path, List.of(made), (others, one) -> {
            List<LockEntry> all = new ArrayList<>(others);
            all.addAll(one);
            return List.copyOf(all);
        });
    }

    /** Runs right after a release, when the process that waited for it may need this processor: so it makes haste. */
    private void forget(LockEntry gone) {
        namesakes.computeIfPresent(gone.path, (path, all) -> all.size() == 1 ? null : without(gone, all));
    }

    private static List<LockEntry> without(LockEntry gone, List<LockEntry> all) {
        return all.stream().filter(each -> each != gone).toList();
    }

    /** The entries of a path, whichever directories it has led to. */
    List<LockEntry> named(Path path) {
        return namesakes.getOrDefault(path, List.of());
    }

    /** The entry of a file, if it is in use; null as well if it is not known to be. May take I/O. */
    @Nullable LockEntry find(Path path) {
        FileKey key = keys.findIn(path);
        LockEntry found = key == null ? null : entries.get(key);
        return found == null || isOfKey(found, path) ? found : null;
    }

    Set<LockEntry> entries() {
        Set<LockEntry> all = new HashSet<>(entries.values());
        all.addAll(displaced);
        return all;
    }

    /** Notes that a file is locked through an entry; the entry that has it under another name already, or null. May take I/O. */
    @Nullable LockEntry register(FileIdentity file, LockEntry entry) {
        LockEntry other = heldFiles.putIfAbsent(file, entry);
        if (other == null || other == entry) {
            return null;
        }
        // That of the same path was made before its directory was replaced: by now its file is gone, or it is shared.
        // One whose path names the file no more has lost it, and the number of what it had is used again.
        if (other.path.equals(entry.path) || !keys.mayName(other.path, file)) {
            heldFiles.put(file, entry);
            return null;
        }
        return other;
    }

    void unregister(FileIdentity file, LockEntry entry) {
        heldFiles.remove(file, entry);
    }

    @Nullable LockEntry holderOf(FileIdentity file) {
        return heldFiles.get(file);
    }

    boolean holdsAnything() {
        return !heldFiles.isEmpty();
    }

    /** An idle entry whose directory was deleted can have the key of another one, made since, that was given the same inode. */
    private static boolean isReusable(LockEntry idle, Request request) {
        return suits(idle, request) && idle.path.equals(request.path());
    }

    private static boolean suits(LockEntry entry, Request request) {
        LockOptions mine = request.options();
        LockOptions theirs = entry.options();
        return entry.backend() == request.backend()
                && mine.filePermissions().equals(theirs.filePermissions())
                && mine.fallbackToSoft() == theirs.fallbackToSoft()
                && mine.nativeAccess() == theirs.nativeAccess()
                && (entry.backend() != LockBackend.LEASE || sameLease(mine, theirs))
                && (entry.backend() != LockBackend.GENERATION || sameLiveness(mine, theirs));
    }

    private static boolean sameLease(LockOptions mine, LockOptions theirs) {
        return mine.leaseDuration().equals(theirs.leaseDuration())
                && mine.leaseHeartbeat().equals(theirs.leaseHeartbeat());
    }

    private static boolean sameLiveness(LockOptions mine, LockOptions theirs) {
        return mine.generationHeartbeat().equals(theirs.generationHeartbeat())
                && mine.staleThreshold().equals(theirs.staleThreshold());
    }

    private static FileLockException conflict(LockEntry entry, Request request) {
        LockBackend theirs = entry.backend();
        LockBackend mine = request.backend();
        if (theirs != mine) {
            return new FileLockException(
                    request.path(),
                    request.path() + " is in use with backend " + theirs
                            + " in this JVM, so it can't be locked with backend " + mine
                            + ": locks of different backends don't exclude each other; use one backend, or another path");
        }
        return new FileLockException(
                request.path(),
                request.path() + " is in use in this JVM with " + describe(entry.options(), theirs)
                        + ", so it can't be locked with " + describe(request.options(), mine)
                        + "; use the same options for every lock on one file");
    }

    private static String describe(LockOptions options, LockBackend backend) {
        String ofBackend = switch (backend) {
            case LEASE -> ", leaseDuration=" + options.leaseDuration() + ", leaseHeartbeat=" + options.leaseHeartbeat();
            case GENERATION ->
                ", generationHeartbeat=" + options.generationHeartbeat() + ", staleThreshold="
                        + options.staleThreshold();
            default -> "";
        };
        return "filePermissions="
                + options.filePermissions().map(Object::toString).orElse("unset") + ", fallbackToSoft="
                + options.fallbackToSoft() + ", nativeAccess=" + options.nativeAccess() + ofBackend;
    }
}
