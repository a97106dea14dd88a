namespace MigrationConformance.Core;

/// <summary>The story of one page through a migration: its state and who holds it, each step that concerns it, and how it ended.</summary>
public static class PageStory
{
    /// <summary>Runs a machine and tells what happens to one page. The machine is changed.</summary>
    /// <param name="run">The machine; its migration has not begun.</param>
    /// <param name="page">A page of <c>from</c>, or any other.</param>
    /// <param name="writer">Receives lines that end in a line feed.</param>
    public static void Tell(ScenarioMachine run, Pfn page, System.IO.TextWriter writer) => writer.Write(Tell(run, page, out _));

    /// <summary>Runs a machine and tells what happens to one page. The machine is changed.</summary>
    /// <param name="run">The machine; its migration has not begun.</param>
    /// <param name="page">A page of <c>from</c>, or any other.</param>
    /// <param name="result">How the run ended.</param>
    /// <returns>Lines that end in a line feed.</returns>
    public static string Tell(ScenarioMachine run, Pfn page, out MigrationResult result)
    {
        var view = new MachineView(run);
        var lines = new TextLines();
        lines.Raw(0, "before");
        Block(lines, view, page);
        var watch = new StepWatch(view, v => Facts(v, page), t => t.Page == page);
        var observer = new StepWatch.Observer { Watch = watch };
        result = MigrationRun.Run(run, ref observer);
        lines.Block(watch.ToString());
        lines.Raw(0, "after");
        Block(lines, view, page);
        PageOutcome outcome = Array.Find(result.Pages, o => o.Page == page);
        if (outcome is { Newpage.IsNone: false, Fate: PageFate.Migrated })
            Block(lines, view, outcome.Newpage);
        lines.Raw(0, PassBlocks.Ending(view, result));
        lines.Raw(0, Ending(view, result, page));
        return lines.ToString();
    }

    /// <summary>How the attempts of a page ended, in one sentence.</summary>
    /// <param name="view">The machine.</param>
    /// <param name="result">The run.</param>
    /// <param name="page">The page.</param>
    /// <returns>The sentence, without a full stop.</returns>
    public static string Ending(MachineView view, MigrationResult result, Pfn page)
    {
        int at = Array.FindIndex(result.Pages, o => o.Page == page);
        if (at < 0)
            return $"{view.Page(page)} is not on from";
        PageOutcome o = result.Pages[at];
        string where = FormattableString.Invariant($"in pass {o.Pass} at {o.Step}");
        return view.Page(page) + o.Fate switch
        {
            PageFate.Migrated => FormattableString.Invariant($" migrated to {view.Page(o.Newpage)} in pass {o.Pass}"),
            PageFate.Freed => FormattableString.Invariant($" was freed by its users; it went to moved in pass {o.Pass} without a new page"),
            PageFate.SwappedOut => FormattableString.Invariant($" was swapped out in pass {o.Pass} and went to moved without a new page"),
            PageFate.Failed => $" failed for good {where}: {o.Reason}",
            PageFate.Retry => $" is still on from; its last attempt ended {where}: {o.Reason}",
            PageFate.UnderWay => $" is under way: the run stopped {where}",
            PageFate.NotIsolated => " could not be isolated",
            _ => " was never attempted",
        };
    }

    private static void Block(TextLines lines, MachineView view, Pfn page)
    {
        lines.Raw(1, PageText.Line(view, page));
        PageText.Ledger(lines, view, page, 2);
    }

    // The page, the new page at hand, and the holders of both.
    private static string Facts(MachineView view, Pfn page)
    {
        var lines = new TextLines();
        ref KernelTask t = ref view.Machine.Tasks[view.Migration.Value];
        One(lines, view, page);
        if (t.Page == page && !t.Newpage.IsNone)
            One(lines, view, t.Newpage);
        else if (!view.To.IsNone && !PageList.Last(view.Machine, view.To).IsNone)
            One(lines, view, PageList.Last(view.Machine, view.To));
        return lines.ToString();
    }

    private static void One(TextLines lines, MachineView view, Pfn page)
    {
        lines.Raw(0, PageText.Attributes(view, page));
        foreach (string holder in PageHolders.Of(view, page))
            lines.Raw(0, $"{view.Page(page)} held by {holder}");
    }
}
