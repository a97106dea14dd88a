using System.Buffers;
using System.Text;

namespace MigrationConformance.Core;

/// <summary>Runs machines at several levels and compares each level with the one before it.</summary>
/// <remarks>Not to be used by two threads at once: it keeps the storage of its runs.</remarks>
public sealed class LevelComparer
{
    private readonly LevelRun[] runs;
    private readonly Comparison[] comparisons;

    /// <summary>Makes a comparer.</summary>
    /// <param name="levels">At least two levels; each is compared with its neighbour.</param>
    public LevelComparer(params ReadOnlySpan<PatchLevel> levels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(levels.Length, 2);
        runs = new LevelRun[levels.Length];
        comparisons = new Comparison[levels.Length - 1];
        for (int i = 0; i < levels.Length; i++)
        {
            runs[i] = new LevelRun(levels[i]);
            if (i > 0)
                comparisons[i - 1] = new Comparison(levels[i - 1], levels[i]);
        }
    }

    /// <summary>What was found so far: one comparison for each pair of neighbours.</summary>
    public IReadOnlyList<Comparison> Comparisons => comparisons;

    /// <summary>Compares one machine at all levels.</summary>
    /// <param name="machine">The machine; it is not changed.</param>
    public void Compare(in EnumeratedMachine machine)
    {
        StartOf? start = null;
        runs[0].Run(machine.Built);
        for (int i = 1; i < runs.Length; i++)
        {
            runs[i].Run(machine.Built);
            bool same = runs[i - 1].IsSameAs(runs[i]);
            comparisons[i - 1].CountMachine(machine.Built.FromPages.Length, !same && Differ(machine, start ??= new StartOf(machine.Built), i));
        }
    }

    // A call of one page and the page are one case; a call of several pages is a case of its own.
    private bool Differ(in EnumeratedMachine machine, StartOf start, int number)
    {
        LevelRun first = runs[number - 1], second = runs[number];
        var pair = new EndPair(start, new RunEnd(start, first), new RunEnd(start, second));
        Comparison found = comparisons[number - 1];
        int pages = start.Pages.Length;
        bool any = false, samePlaces = true;
        List<EndDifference> ofCall = pair.OfCall();
        for (int page = 0; page < pages; page++)
        {
            List<EndDifference> ofPage = pair.OfPage(page);
            samePlaces &= !ofPage.Exists(difference => difference.Aspect is Aspect.Fate or Aspect.List);
            any |= ofPage.Count > 0;
            if (pages == 1)
                ofCall.AddRange(ofPage);
            else if (ofPage.Count > 0)
                found.Add(machine, start.Pages[page], start.FactsOf(page), "", ofPage);
        }
        if (samePlaces && !pair.SameOrder())
            ofCall.Add(new EndDifference(Aspect.Order, "", "another order"));
        if (!any && ofCall.Count == 0 && !SameDocuments(first.Result, second.Result))
            ofCall.Add(new EndDifference(Aspect.Elsewhere, "", "another result document"));
        if (pages == 1)
            EndPair.LeaveOutWhatFollows(ofCall);
        if (ofCall.Count > 0)
            found.Add(machine, pages == 1 ? start.Pages[0] : Pfn.None, pages == 1 ? start.FactsOf(0) : start.Call | PageFacts.Call, "", ofCall);
        return any || ofCall.Count > 0;
    }

    private static bool SameDocuments(MigrationResult first, MigrationResult second)
    {
        var ofFirst = new ArrayBufferWriter<byte>();
        var ofSecond = new ArrayBufferWriter<byte>();
        ref MachineGlobals globals = ref first.Run.Machine.Globals;
        PatchLevel level = globals.Patch;
        // The level itself is in the document, and is no difference.
        globals.Patch = second.Run.Machine.Globals.Patch;
        ResultWriter.Write(ofFirst, first);
        globals.Patch = level;
        ResultWriter.Write(ofSecond, second);
        if (first.Call is null)
            return ofFirst.WrittenSpan.SequenceEqual(ofSecond.WrittenSpan);
        // Before the policy layer a system call has no list of new pages, afterwards it has an empty one.
        return Encoding.UTF8.GetString(ofFirst.WrittenSpan).Replace("\"to\":null", "\"to\":[]", StringComparison.Ordinal)
            == Encoding.UTF8.GetString(ofSecond.WrittenSpan).Replace("\"to\":null", "\"to\":[]", StringComparison.Ordinal);
    }
}
