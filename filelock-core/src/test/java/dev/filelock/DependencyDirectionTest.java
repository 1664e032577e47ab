package dev.filelock;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.filelock.engine.Engine;

/** The picture at the head of the design: api, engine, protocol, implementations, system; every arrow points one way. */
@AnalyzeClasses(packages = "dev.filelock", importOptions = ImportOption.DoNotIncludeTests.class)
class DependencyDirectionTest {
    private static final String API = "dev.filelock";
    private static final String ENGINE = "dev.filelock.engine";
    private static final String SEAM = "dev.filelock.protocol";
    private static final String IMPLEMENTATIONS = "dev.filelock.protocol.*..";
    private static final String SYSTEM = "dev.filelock.os";
    private static final String TOOL = "dev.filelock.verify";

    private static final DescribedPredicate<JavaClass> COMPOSITION_ROOT =
            resideInAPackage(ENGINE).and(belongTo(simpleName("Backends")));
    private static final DescribedPredicate<JavaClass> FACTORIES = belongTo(equivalentTo(FileLock.class)
            .or(equivalentTo(ReadWriteFileLock.class))
            .or(equivalentTo(LockRegistry.class))
            .or(equivalentTo(LockContext.class)));

    @ArchTest
    static final ArchRule allCodeHasItsPlace =
            classes().should().resideInAnyPackage(API, ENGINE, SEAM, IMPLEMENTATIONS, SYSTEM + "..", TOOL);

    @ArchTest
    static final ArchRule theToolKnowsTheApiOnly = noClasses()
            .that()
            .resideInAPackage(TOOL)
            .should()
            .dependOnClassesThat(resideInAnyPackage(ENGINE, SEAM, IMPLEMENTATIONS, SYSTEM + ".."));

    @ArchTest
    static final ArchRule nobodyKnowsTheTool =
            noClasses().that().resideOutsideOfPackage(TOOL).should().dependOnClassesThat(resideInAPackage(TOOL));

    @ArchTest
    static final ArchRule theApiIsVocabularyAndOnlyItsFactoriesCallTheEngine = noClasses()
            .that(resideInAPackage(API).and(not(FACTORIES)))
            .should()
            .dependOnClassesThat(resideInAnyPackage(ENGINE, SEAM, IMPLEMENTATIONS, SYSTEM + ".."));

    @ArchTest
    static final ArchRule theFactoriesKnowTheEngineByOneClass = noClasses()
            .that()
            .resideInAPackage(API)
            .should()
            .dependOnClassesThat(resideInAnyPackage(ENGINE, SEAM, IMPLEMENTATIONS, SYSTEM + "..")
                    .and(not(equivalentTo(Engine.class))));

    @ArchTest
    static final ArchRule theEngineKnowsTheSeamAndNoImplementation = noClasses()
            .that(resideInAPackage(ENGINE).and(not(COMPOSITION_ROOT)))
            .should()
            .dependOnClassesThat(resideInAnyPackage(IMPLEMENTATIONS, SYSTEM + ".."));

    @ArchTest
    static final ArchRule theSeamKnowsTheVocabularyOnly = noClasses()
            .that()
            .resideInAPackage(SEAM)
            .should()
            .dependOnClassesThat(resideInAnyPackage(ENGINE, IMPLEMENTATIONS, SYSTEM + ".."));

    @ArchTest
    static final ArchRule implementationsDontKnowTheEngine =
            noClasses().that().resideInAPackage(IMPLEMENTATIONS).should().dependOnClassesThat(resideInAPackage(ENGINE));

    @ArchTest
    static final ArchRule implementationsDontKnowEachOther =
            slices().matching("dev.filelock.protocol.(*)..").should().notDependOnEachOther();

    @ArchTest
    static final ArchRule theSystemKnowsTheSeamAndNothingElseOfOurs = noClasses()
            .that()
            .resideInAPackage(SYSTEM + "..")
            .should()
            .dependOnClassesThat(resideInAnyPackage(API, ENGINE, IMPLEMENTATIONS));

    @ArchTest
    static final ArchRule onlyTheSystemNamesJna = noClasses()
            .that()
            .resideOutsideOfPackage(SYSTEM + "..")
            .should()
            .dependOnClassesThat(resideInAPackage("com.sun.jna.."));

    @ArchTest
    static final ArchRule onlyTheSqliteProtocolNamesSqliteAndJdbc = noClasses()
            .that()
            .resideOutsideOfPackage("dev.filelock.protocol.sqlite..")
            .should()
            .dependOnClassesThat(resideInAnyPackage("org.sqlite..", "java.sql..", "javax.sql.."));

    @ArchTest
    static final ArchRule nothingNeedsSpring =
            noClasses().should().dependOnClassesThat(resideInAPackage("org.springframework.."));

    @ArchTest
    static final ArchRule nothingPrintsButTheTool =
            noClasses().that().resideOutsideOfPackage(TOOL).should(ACCESS_STANDARD_STREAMS);

    @ArchTest
    static final ArchRule logsGoToSlf4j =
            noClasses().should().dependOnClassesThat(resideInAPackage("java.util.logging.."));

    @ArchTest
    static final ArchRule whatIsPublicInsideIsClosedToExtension = classes()
            .that()
            .resideOutsideOfPackage(API)
            .and()
            .arePublic()
            .and()
            .areNotInterfaces()
            .should()
            .haveModifier(JavaModifier.FINAL);
}
