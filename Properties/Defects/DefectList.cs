using MigrationConformance.Core;
using Step = MigrationConformance.Core.MigrationStep;

namespace MigrationConformance.Properties;

/// <summary>The planted defects, by documented step; each file of this class has a part.</summary>
public static partial class DefectList
{
    private const int Again = -Errno.EAGAIN;

    public static readonly Defect[] All =
    [
        .. AroundTheCall, .. Steps1To4, .. Step5, .. Steps6To9, .. Steps10To13, .. Steps14To17, .. Step18, .. Methods, .. Steps19And20, .. SwapPages, .. OfActors, .. OurOwn,
    ];

    private static ref Page Old(Machine m, in KernelTask t) => ref m.Pages[t.Page.Value];

    private static ref Page New(Machine m, in KernelTask t) => ref m.Pages[t.Newpage.Value];

    private static ref int TreeLock(Machine m, in KernelTask t) => ref m.Mappings[t.Mapping.Value].TreeLock;

    // A wrong line of migrate_pages itself: changes the machine after one of its steps.
    private static Defect At(string ids, string rule, Stage on, Step step, PlantDefect plant) =>
        new() { Ids = ids.Split(' '), Rule = rule, On = on, Action = MigrationSpec.Action(0), Step = $"{step}", Plant = plant };

    // A wrong line of the call around it.
    private static Defect AtCall(string ids, string rule, Stage on, PolicyStep step, PlantDefect plant) =>
        new() { Ids = ids.Split(' '), Rule = rule, On = on, Action = MigrationSpec.Action(0), Step = $"{step}", Plant = plant };

    // The same at more than one of its steps: the plant looks at the step itself.
    private static Defect AtSteps(string ids, string rule, Stage on, PlantDefect plant) =>
        new() { Ids = ids.Split(' '), Rule = rule, On = on, Action = MigrationSpec.Action(0), Plant = plant };

    // A wrong line of the first actor.
    private static Defect AtAction(string ids, string rule, Stage on, string action, string step, PlantDefect plant) =>
        new() { Ids = ids.Split(' '), Rule = rule, On = on, Action = action, Step = step, Plant = plant };

    // Where a fault cannot say it: the wrong line makes a step possible, impossible, or two of one.
    private static Defect Otherwise(string ids, string rule, Stage on, IStepper variant) =>
        new() { Ids = ids.Split(' '), Rule = rule, On = on, Variant = variant };

    private static Step StepOf(Machine before) => (Step)before.Tasks[0].Step;
}
