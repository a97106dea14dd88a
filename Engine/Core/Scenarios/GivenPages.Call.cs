namespace MigrationConformance.Core;

// What is said of the machine and of the call, not of a page.
public sealed partial class GivenPages
{
    /// <summary><c>to</c> has that many new frames.</summary>
    /// <param name="frames">0 or more.</param>
    /// <returns>The scenario with the list.</returns>
    public GivenPages To(int frames) => new(Scenario with { To = ScenarioTo.Frames(frames) });

    /// <summary><c>to</c> has pages of the scenario.</summary>
    /// <param name="pages">Their numbers, head to tail.</param>
    /// <returns>The scenario with the list.</returns>
    public GivenPages To(ValueList<int> pages) => new(Scenario with { To = ScenarioTo.List(pages) });

    /// <summary><c>to</c> is NULL: the pages are swapped out.</summary>
    /// <returns>The scenario without the list.</returns>
    public GivenPages NoTo() => new(Scenario with { To = ScenarioTo.SwapOut });

    /// <summary><c>from</c> has these pages.</summary>
    /// <param name="pages">Their numbers, first to last.</param>
    /// <returns>The scenario with the list.</returns>
    public GivenPages From(params ReadOnlySpan<int> pages) => new(Scenario with { From = ValueList.Create(pages) });

    /// <summary>The code before the patch runs.</summary>
    /// <returns>The scenario at that level.</returns>
    public GivenPages BeforeThePatch() => At(PatchLevel.Before);

    /// <summary>The code of a level runs.</summary>
    /// <param name="level">The level.</param>
    /// <returns>The scenario at that level.</returns>
    public GivenPages At(PatchLevel level) => new(Scenario with { Patch = level });

    /// <summary>States may contradict each other.</summary>
    /// <returns>The illegal scenario.</returns>
    public GivenPages Illegally() => new(Scenario with { Illegal = true });

    /// <summary>One more file; the first call is about file 0.</summary>
    /// <param name="file">The file.</param>
    /// <returns>The scenario with the file.</returns>
    public GivenPages WithFile(ScenarioFile file) => new(Scenario with { Files = (Scenario.Files ?? []).With(file) });

    /// <summary>One more process; the first call is about process 0.</summary>
    /// <param name="process">The process.</param>
    /// <returns>The scenario with the process.</returns>
    public GivenPages WithProcess(ScenarioProcess process) => new(Scenario with { Processes = (Scenario.Processes ?? []).With(process) });

    /// <summary>One more VMA; with the first call the scenario makes none by itself.</summary>
    /// <param name="vma">The VMA.</param>
    /// <returns>The scenario with the VMA.</returns>
    public GivenPages WithVma(ScenarioVma vma) => new(Scenario with { Vmas = (Scenario.Vmas ?? []).With(vma) });

    /// <summary>The swap device.</summary>
    /// <param name="swap">The device.</param>
    /// <returns>The scenario with the device.</returns>
    public GivenPages WithSwap(ScenarioSwap swap) => new(Scenario with { Swap = swap });

    /// <summary>There is no free swap slot.</summary>
    /// <returns>The scenario with a device that hands no slot out.</returns>
    public GivenPages SwapFull() => WithSwap(Scenario.Swap with { Writable = false });

    /// <summary>Others hold a lock for ever.</summary>
    /// <param name="kind">The kind of lock.</param>
    /// <param name="number">Which one; <see cref="ScenarioLock.Swapper"/> for swapper_space.</param>
    /// <returns>The scenario with the lock.</returns>
    public GivenPages OthersLock(ScenarioLockKind kind, int number = 0) =>
        new(Scenario with { Locks = Scenario.Locks.With(new ScenarioLock(kind, number)) });

    /// <summary>The caller does something before the call.</summary>
    /// <param name="actions">What, in order.</param>
    /// <returns>The scenario with the actions.</returns>
    public GivenPages CallerFirst(params ReadOnlySpan<CallerAction> actions) => new(Scenario with { Before = ValueList.Create(actions) });

    /// <summary>The caller does something after the call.</summary>
    /// <param name="actions">What, in order.</param>
    /// <returns>The scenario with the actions.</returns>
    public GivenPages CallerThen(params ReadOnlySpan<CallerAction> actions) => new(Scenario with { After = ValueList.Create(actions) });

    /// <summary>The fan-out of radix trees.</summary>
    /// <param name="fanOut">8, 16 or 64.</param>
    /// <returns>The scenario with the fan-out.</returns>
    public GivenPages FanOut(int fanOut) => new(Scenario with { FanOut = fanOut });

    /// <summary>The scenario has a label.</summary>
    /// <param name="title">The label.</param>
    /// <returns>The scenario with the label.</returns>
    public GivenPages Titled(string title) => new(Scenario with { Title = title });
}
