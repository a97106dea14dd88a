using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>A call that was made, with what is asked about it.</summary>
internal readonly record struct CallView(Scenario In, MigrationResult Result)
{
    public ScenarioCall Call => In.Call!;

    public PolicyCall Locals => Result.Call!.Locals;

    public bool Mbind => Call.Kind == PolicyCallKind.Mbind;

    public bool Returned => Result.End == StepResult.Finished;

    public int Value => Result.Task.Result;

    public ScenarioProcess Caller => In.Processes![(Call.Caller ?? Call.Process)!.Value];

    public bool Flag(MpolFlags flag) => Mbind && (Call.Flags & flag) != 0;

    /// <summary>The nodes that new pages are asked for on.</summary>
    public ValueList<int> Nodes => Mbind ? Call.Nodes : Call.To;

    /// <summary>Whether a node has no free frame.</summary>
    public bool IsFull(int node) => !In.Pages.Any(page => page.List == PagePlace.Free && page.Zone == node);

    public bool Any(PageFate fate) => Result.Pages.Any(page => page.Fate == fate);
}

/// <summary>The classes of system call that the policy layer tells apart.</summary>
internal static class CallClasses
{
    /// <summary>Name, floor of ten thousand calls, and test; a call can be in any number of them.</summary>
    public static readonly (string Name, int Floor, Func<CallView, bool> Is)[] All =
    [
        // Which call, with what.
        ("migrate_pages", 2500, v => !v.Mbind),
        ("migrate_pages of another process", 270, v => !v.Mbind && v.Call.Caller is { } caller && caller != v.Call.Process),
        ("mbind, bind", 1240, v => v.Mbind && v.Call.Policy == MpolMode.Bind),
        ("mbind, interleave", 1240, v => v.Mbind && v.Call.Policy == MpolMode.Interleave),
        ("mbind, strict", 1240, v => v.Flag(MpolFlags.Strict)),
        ("mbind, strict, without move", 310, v => v.Mbind && v.Call.Flags == MpolFlags.Strict),
        ("mbind, move", 1560, v => v.Flag(MpolFlags.Move)),
        ("mbind, move all", 1220, v => v.Flag(MpolFlags.MoveAll)),
        ("mbind of an empty range", 120, v => v.Mbind && v.Call.Pages == 0),
        ("mbind of several VMAs", 110, v => v.Mbind && Vmas(v).Count() > 1),
        ("a node that does not exist", 180, v => v.Nodes.Any(node => node >= CallGen.Nodes) || v.Call.From.Any(node => node >= CallGen.Nodes)),
        ("no node at all", 150, v => v.Nodes.Count == 0 || (!v.Mbind && v.Call.From.Count == 0)),
        ("several nodes to several others", 500, v => !v.Mbind && v.Call.From.Count > 1 && v.Call.To.Count > 1),
        ("a node that is left and gone to", 1160, v => !v.Mbind && v.Call.From.Any(node => v.Call.To.Contains(node))),
        ("a caller whose cpuset has not every node", 500, v => v.Caller.Mems is not null),
        ("a caller with CAP_SYS_NICE", 3330, v => v.Caller.CapSysNice == true),
        ("a caller of another user", 56, v => !v.Mbind && v.Call is { Process: { } process, Caller: not null } && v.Caller.Uid != v.In.Processes![process].Uid),

        // How it ends.
        ("returns 0", 3230, v => v.Returned && v.Value == 0),
        ("returns the number of pages that did not move", 410, v => v.Returned && v.Value > 0),
        ("returns -EINVAL", 300, v => Fails(v, Errno.EINVAL)),
        ("returns -EPERM", 460, v => Fails(v, Errno.EPERM)),
        ("returns -ESRCH", 56, v => Fails(v, Errno.ESRCH)),
        ("returns -EFAULT", 71, v => Fails(v, Errno.EFAULT)),
        ("returns -EIO", 320, v => Fails(v, Errno.EIO)),
        ("returns -ENODEV", 15, v => Fails(v, Errno.ENODEV)),
        ("returns -ENOMEM", 10, v => Fails(v, Errno.ENOMEM)),
        ("never returns", 100, v => v.Result.End == StepResult.Blocked),

        // What it finds.
        ("finds pages", 2070, v => v.Locals.NrFound > 0),
        ("isolates pages", 1860, v => v.Locals.NrIsolated > 0),
        ("isolates several pages", 300, v => v.Locals.NrIsolated > 1),
        ("leaves shared pages alone", 250, v => v.Locals.NrShared > 0),
        ("finds pages that are not on the LRU", 37, v => v.Locals.NrNotOnLru > 0),
        ("isolates pages that were in pagevecs", 190, v => v.Result.Pages.Any(page => WasInPagevec(v, page.Page))),
        ("passes a reserved page by", 180, v => v.Returned && v.Value >= 0 && v.In.Pages.Any(page => (page.Flags & PageFlags.Reserved) != 0 && IsIn(v, page))),
        ("leaves a VM_LOCKED VMA out", 1130, v => v.Returned && v.Value >= 0 && !v.Flag(MpolFlags.Strict) && Vmas(v).Any(vma => (vma.Flags & VmFlags.Locked) != 0)),
        ("leaves a VM_RESERVED VMA out", 530, v => v.Returned && v.Value >= 0 && !v.Flag(MpolFlags.Strict) && Vmas(v).Any(vma => (vma.Flags & VmFlags.Reserved) != 0)),

        // What becomes of it.
        ("puts pages back", 1790, v => v.Locals.NrPutBack > 0),
        ("a page moves", 830, v => v.Any(PageFate.Migrated)),
        ("a page is swapped out", 320, v => v.Any(PageFate.SwappedOut)),
        ("a page fails for good", 180, v => v.Any(PageFate.Failed)),
        ("a page is left", 480, v => v.Any(PageFate.Retry)),
        ("a page is not reached", 110, v => v.Any(PageFate.NotReached)),
        ("one call of migrate_pages", 1650, v => v.Result.Call!.Chunks.Length == 1),
        ("several calls of migrate_pages", 99, v => v.Result.Call!.Chunks.Length > 1),
        ("a call of migrate_pages with several new pages", 110, v => v.Result.Call!.Chunks.Any(chunk => chunk.NewPages > 1)),
        ("a node that new pages are asked for on is full", 650, v => v.Locals.NrIsolated > 0 && v.Nodes.Any(v.IsFull)),
        ("a page moves to a node that was not asked for", 210, v => v.Result.Pages.Any(page => page.Fate == PageFate.Migrated && Strayed(v, page.Newpage))),
        .. Enum.GetValues<PatchLevel>().Select(level => ($"isolates pages, level {level}", 120, (Func<CallView, bool>)(v => v.In.Patch == level && v.Locals.NrIsolated > 0))),
    ];

    private static bool WasInPagevec(CallView v, Pfn page) =>
        page.Value < v.In.Pages.Count && v.In.Pages[page.Value].List is PagePlace.LruAdd or PagePlace.LruAddActive;

    private static bool Strayed(CallView v, Pfn page) => !v.Locals.ToNodes.Has(v.Result.Run.Machine.Pages[page.Value].Zone);

    private static bool IsIn(CallView v, ScenarioPage page) => page.Ptes.Any(pte => Vmas(v).Contains(v.In.Vmas![pte.Vma!.Value]));

    private static bool Fails(CallView v, int errno) => v.Returned && v.Value == -errno;

    // The VMAs that the call looks through: those of the process, and of the range of an mbind.
    private static IEnumerable<ScenarioVma> Vmas(CallView v)
    {
        ScenarioCall call = v.Call;
        ulong end = (call.Start ?? 0) + ((call.Pages ?? 0) << 12);
        return v.In.Vmas!.Where(vma => vma.Process == call.Process && (call.Kind != PolicyCallKind.Mbind || (vma.Start < end && call.Start < vma.Start + (vma.Pages << 12))));
    }
}
