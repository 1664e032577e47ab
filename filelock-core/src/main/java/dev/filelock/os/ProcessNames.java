package dev.filelock.os;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Names a process by its executable and, if that is an interpreter, by the script it runs. No other argument is ever shown: it may
 * be a secret. So an option whose meaning isn't known here ends the search for the script.
 */
final class ProcessNames {
    private static final int LONGEST = 100;
    private static final Pattern JAVA = Pattern.compile("javaw?(?:\\.exe)?");
    private static final Set<String> JAVA_OPTIONS_WITH_VALUE = Set.of(
            "-cp",
            "-classpath",
            "--class-path",
            "-p",
            "--module-path",
            "--upgrade-module-path",
            "--add-modules",
            "--limit-modules",
            "--add-reads",
            "--add-exports",
            "--add-opens",
            "--patch-module",
            "--enable-native-access",
            "--source");

    /**
     * The command line of an interpreter.
     *
     * @param executable its names
     * @param flags single-letter options without a value
     * @param valued single-letter options with a value, which is the rest of the argument or else the next one
     * @param attached single-letter options whose value, if any, is the rest of the argument
     * @param module the single-letter option that runs a module of that name, or a blank
     * @param longFlags long options without a value
     * @param longValued long options whose value may be the next argument
     */
    private record Interpreter(
            Pattern executable,
            String flags,
            String valued,
            String attached,
            char module,
            Set<String> longFlags,
            Set<String> longValued) {}

    private static final List<Interpreter> INTERPRETERS = List.of(
            new Interpreter(
                    Pattern.compile("(?:python|pypy)[0-9.]*w?(?:\\.exe)?"),
                    "bBdEiIOPqRsSuvx",
                    "WX",
                    "",
                    'm',
                    Set.of(),
                    Set.of("--check-hash-based-pycs")),
            new Interpreter(
                    Pattern.compile("(?:ba|da|a|z|k|mk)?sh"),
                    "abefhiklmnprtuvxBCEHPT",
                    "oO",
                    "",
                    ' ',
                    Set.of("--login", "--norc", "--noprofile", "--posix", "--restricted", "--verbose", "--noediting"),
                    Set.of("--rcfile", "--init-file")),
            new Interpreter(
                    Pattern.compile("node(?:js)?(?:\\.exe)?"),
                    "ci",
                    "rC",
                    "",
                    ' ',
                    Set.of(
                            "--enable-source-maps",
                            "--expose-gc",
                            "--inspect",
                            "--inspect-brk",
                            "--no-deprecation",
                            "--no-warnings",
                            "--trace-deprecation",
                            "--trace-warnings",
                            "--watch"),
                    Set.of("--require", "--import", "--loader", "--experimental-loader", "--conditions", "--env-file")),
            new Interpreter(
                    Pattern.compile("perl[0-9.]*(?:\\.exe)?"), "acfnpstuwSTUWX", "I", "Mm", ' ', Set.of(), Set.of()),
            new Interpreter(
                    Pattern.compile("ruby[0-9.]*(?:\\.exe)?"), "aclnpsvwySU", "rICE", "KTW", ' ', Set.of(), Set.of()));

    private ProcessNames() {}

    /**
     * Names a process.
     *
     * @param arguments its command line, the executable first
     * @return null if the command line doesn't tell, as when the process has overwritten it with a title of its own
     */
    static @Nullable String describe(List<String> arguments) {
        if (arguments.isEmpty()) {
            return null;
        }
        String executable = baseName(arguments.get(0));
        if (executable.startsWith("-")) {
            executable = executable.substring(1);
        }
        if (executable.isBlank() || executable.chars().anyMatch(Character::isWhitespace)) {
            return null;
        }
        String script = script(executable, arguments.subList(1, arguments.size()));
        return printable(script == null ? executable : executable + " " + script);
    }

    static String printable(String text) {
        StringBuilder printable = new StringBuilder();
        text.codePoints()
                .limit(LONGEST)
                .map(c -> Character.isISOControl(c) || !Character.isDefined(c) ? '?' : c)
                .forEach(printable::appendCodePoint);
        return printable.toString();
    }

    static String baseName(String path) {
        return path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
    }

    private static @Nullable String script(String executable, List<String> arguments) {
        if (JAVA.matcher(executable).matches()) {
            return javaProgram(arguments);
        }
        return INTERPRETERS.stream()
                .filter(interpreter ->
                        interpreter.executable().matcher(executable).matches())
                .findFirst()
                .map(interpreter -> script(interpreter, arguments))
                .orElse(null);
    }

    private static @Nullable String javaProgram(List<String> arguments) {
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (argument.equals("-jar")) {
                return i + 1 < arguments.size() ? baseName(arguments.get(i + 1)) : null;
            } else if (argument.equals("-m") || argument.equals("--module")) {
                return i + 1 < arguments.size() ? arguments.get(i + 1) : null;
            } else if (argument.startsWith("--module=")) {
                return argument.substring("--module=".length());
            } else if (JAVA_OPTIONS_WITH_VALUE.contains(argument)) {
                i++;
            } else if (argument.startsWith("@") || argument.startsWith("--") && argument.indexOf('=') < 0) {
                // A file of arguments may hold the class name, and an unknown option may have a value.
                return null;
            } else if (!argument.startsWith("-")) {
                return baseName(argument);
            }
        }
        return null;
    }

    private static @Nullable String script(Interpreter interpreter, List<String> arguments) {
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (argument.equals("--")) {
                return i + 1 < arguments.size() ? baseName(arguments.get(i + 1)) : null;
            } else if (argument.equals("-")) {
                return null;
            } else if (interpreter.longValued().contains(argument)) {
                i++;
            } else if (argument.startsWith("--")) {
                if (argument.indexOf('=') < 0 && !interpreter.longFlags().contains(argument)) {
                    return null;
                }
            } else if (argument.startsWith("-") || argument.startsWith("+")) {
                int letter = 1;
                while (letter < argument.length() && interpreter.flags().indexOf(argument.charAt(letter)) >= 0) {
                    letter++;
                }
                if (letter == argument.length()) {
                    continue;
                }
                char option = argument.charAt(letter);
                String rest = argument.substring(letter + 1);
                if (option == interpreter.module()) {
                    if (rest.isEmpty() && i + 1 == arguments.size()) {
                        return null;
                    }
                    return "-" + option + " " + (rest.isEmpty() ? arguments.get(i + 1) : rest);
                } else if (interpreter.valued().indexOf(option) >= 0) {
                    i += rest.isEmpty() ? 1 : 0;
                } else if (interpreter.attached().indexOf(option) < 0) {
                    return null;
                }
            } else {
                return baseName(argument);
            }
        }
        return null;
    }
}
