using System.Text;
using MigrationConformance.Core;
using Step = MigrationConformance.Core.MigrationStep;

namespace MigrationConformance.Properties;

/// <summary>
/// The back-out matrix: what becomes of an attempt when another actor strikes at a step. The migration is run until it
/// stands before the step, the actor makes one step, and from there every interleaving is tried until the attempt ends.
/// </summary>
[TestFixture]
public sealed class BackOutMatrix
{
    // In the order of the code, which tests 9 before 7 and 8. What has no number is named.
    private static readonly (Step Step, string Column)[] Strikes =
    [
        (Step.ChoosePage, "freed?"), (Step.LockPage, "1"), (Step.WaitOnWriteback, "2"), (Step.AddToSwap, "3"), (Step.AddToSwapCache, "3, slot taken"),
        (Step.PrepareNewPage, "4"), (Step.CheckPageMapping, "mapping?"), (Step.Pageout, "pageout"), (Step.Writepage, "writepage"), (Step.ReleaseBuffers, "buffers"),
        (Step.CheckReferences, "in use?"), (Step.TryToUnmap, "5"), (Step.CheckUnmapped, "mapped?"), (Step.TakeTreeLock, "6"), (Step.CheckMapping, "9"),
        (Step.CheckCount, "7"), (Step.CheckSlot, "8"), (Step.EstablishNewPage, "10"), (Step.SwitchSlot, "11"), (Step.DropTreeReference, "12"),
        (Step.DropTreeLock, "13"), (Step.CopyContents, "14"), (Step.CopyFlags, "15"), (Step.ClearOldPage, "16"), (Step.EndNewPageWriteback, "17"),
        (Step.RemoveFromSwap, "18"), (Step.DropLocks, "19"), (Step.MoveToLru, "20"), (Step.FinishPage, "end"),
    ];

    [Test]
    public void Is_the_approved_one()
    {
        var rows = new List<(PageKind Kind, SmallActor Actor, string[] Cells)>();
        foreach (PageKind kind in Enum.GetValues<PageKind>())
        {
            foreach (SmallActor actor in Enum.GetValues<SmallActor>().Where(actor => SmallMachines.Possible(kind, actor)))
                rows.Add((kind, actor, [.. Strikes.Select(strike => Cell(kind, actor, strike.Step))]));
        }

        // Otherwise the matrix would say nothing.
        Assert.That(rows.SelectMany(row => row.Cells).Distinct().Count(), Is.GreaterThan(8));
        Approved.Check("Interleavings/BackOutMatrix.approved.svg", Svg(rows));
        Approved.Check("Interleavings/BackOutMatrix.approved.md", Markdown(rows));
    }

    private static string Cell(PageKind kind, SmallActor actor, Step step)
    {
        Machine m = SmallMachines.Build(kind, actor);
        if (!Stepper.RunUntilBefore(m, new TaskId(0), step, pass: 0))
            return "–";
        StepResult strike = Tasks.Advance(m, new TaskId(1));
        if (strike == StepResult.Blocked)
            return $"blocked: {m.Tasks[1].WaitsFor}";
        var ends = new AttemptEnds(m.Tasks[0].Pass);
        StateSpace.Settle(m);
        SearchReport report = StateSpace.Search(m, default(EngineStepper), ref ends, 200_000, NoBug.IsKnown);
        Assert.That(report.Violation, Is.Null, $"{kind}, {actor}, {step}");
        return string.Join(" or ", ends.Seen);
    }

    private readonly struct AttemptEnds(int pass) : IStateVisitor
    {
        public SortedSet<string> Seen { get; } = new(StringComparer.Ordinal);

        public bool Step(Machine before, Machine after, int task, out Violation? violation)
        {
            violation = null;
            if (task != 0)
                return true;
            ref KernelTask t = ref before.Tasks[0];
            if (t.Step != (int)MigrationStep.FinishPage && t.Step != (int)MigrationStep.FinishPass)
                return t.Pass == pass;
            if (t.Step == (int)MigrationStep.FinishPage)
                Seen.Add(t.Reason == BackOutReason.None ? "moved" : t.Rc == -Errno.EAGAIN ? $"retry ({t.Reason})" : $"{t.Reason}");
            return false;
        }

        public void End(Machine m)
        {
            if (m.Tasks[0].WaitsFor != WaitKind.None)
                Seen.Add($"waits for {m.Tasks[0].WaitsFor}");
        }
    }

    private static string Markdown(List<(PageKind Kind, SmallActor Actor, string[] Cells)> rows)
    {
        var text = new StringBuilder("""
            # The back-out matrix

            What becomes of the first attempt when an actor makes its first step just before a step of it, over every interleaving
            from there to the end of the attempt: *moved*; *retry* with the reason of the back-out; *blocked*: the actor cannot
            take its step there and waits; –: impossible, the attempt never gets there for this kind of page. A reason without
            *retry* is a way out for good. Columns stand in the order of the code; numbers are those of the documented steps.


            """.ReplaceLineEndings("\n"));
        foreach (PageKind kind in Enum.GetValues<PageKind>())
        {
            text.Append($"## {kind}\n\n| actor | {string.Join(" | ", Strikes.Select(strike => strike.Column))} |\n|---|{string.Concat(Strikes.Select(_ => "---|"))}\n");
            foreach ((_, SmallActor actor, string[] cells) in rows.Where(row => row.Kind == kind))
                text.Append($"| {actor} | {string.Join(" | ", cells)} |\n");
            text.Append('\n');
        }
        return text.ToString();
    }

    private static string Svg(List<(PageKind Kind, SmallActor Actor, string[] Cells)> rows)
    {
        const int Left = 190, Width = 26, Height = 16, Top = 100;
        int height = Top + ((rows.Count + Enum.GetValues<PageKind>().Length) * Height) + 60;
        var svg = new StringBuilder($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Left + (Strikes.Length * Width) + 20}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"11\">\n");
        svg.Append("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n");
        for (int i = 0; i < Strikes.Length; i++)
            svg.Append($"<text transform=\"translate({Left + (i * Width) + 16},{Top - 6}) rotate(-60)\">{Strikes[i].Column}</text>\n");
        int y = Top;
        PageKind? current = null;
        foreach ((PageKind kind, SmallActor actor, string[] cells) in rows)
        {
            if (kind != current)
            {
                svg.Append($"<text x=\"6\" y=\"{y + 12}\" font-weight=\"bold\">{kind}</text>\n");
                (current, y) = (kind, y + Height);
            }
            svg.Append($"<text x=\"16\" y=\"{y + 12}\">{actor}</text>\n");
            for (int i = 0; i < cells.Length; i++)
                svg.Append($"<rect x=\"{Left + (i * Width)}\" y=\"{y}\" width=\"{Width - 2}\" height=\"{Height - 2}\" fill=\"{Colour(cells[i])}\"><title>{kind}, {actor}, {Strikes[i].Column}: {cells[i]}</title></rect>\n");
            y += Height;
        }
        (string Cell, string Name)[] legend = [("moved", "moved"), ("moved or retry", "moved or retry"), ("retry", "backed out, retried"), ("blocked", "the actor waits"), ("PageFreed", "for good: freed, failed"), ("–", "impossible")];
        for (int i = 0; i < legend.Length; i++)
            svg.Append($"<rect x=\"{10 + (i * 150)}\" y=\"{y + 16}\" width=\"12\" height=\"12\" fill=\"{Colour(legend[i].Cell)}\"/><text x=\"{26 + (i * 150)}\" y=\"{y + 26}\">{legend[i].Name}</text>\n");
        return svg.Append("</svg>\n").ToString();
    }

    // Colours that differ in lightness too.
    private static string Colour(string cell) => cell switch
    {
        "–" => "#f2f2f2",
        "moved" => "#2f9e44",
        _ when cell.StartsWith("blocked", StringComparison.Ordinal) => "#868e96",
        _ when cell.Contains("moved", StringComparison.Ordinal) => "#b2f2bb",
        _ when cell.Contains("retry", StringComparison.Ordinal) => "#e8590c",
        _ => "#4dabf7",
    };
}
