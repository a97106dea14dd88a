namespace MigrationConformance.Core;

/// <summary>One actor beside the migration, as data: what a counterexample stores and a generator draws.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Process">The process it acts in, for accesses, get_user_pages, mlock, munmap, mremap, msync, fork and exit.</param>
/// <param name="Address">The address, in bytes, a multiple of the page size.</param>
/// <param name="File">The file, from 0, for those that act on one.</param>
/// <param name="Index">The page of the file; of kswapd the zone, of a drain the CPU.</param>
/// <param name="Write">The access is a write.</param>
/// <param name="Variant">The other variant: do_swap_page without the re-check; WB_SYNC_ALL for writeback; a truncation that cuts the page before <paramref name="Index"/>.</param>
public readonly record struct ActorSpec(
    TaskKind Kind, int Process = 0, ulong Address = 0, int File = 0, ulong Index = 0, bool Write = false, bool Variant = false)
{
    /// <summary>Adds the actor to a machine.</summary>
    /// <param name="m">The machine.</param>
    /// <returns>Its task.</returns>
    public TaskId AddTo(Machine m) => m.AddTask(Kind switch
    {
        TaskKind.Fault or TaskKind.GetUserPages or TaskKind.Mlock =>
            Tasks.Access(Kind, new MmId(Process), Address, Write, recheck: !Variant),
        TaskKind.Munmap or TaskKind.Mremap or TaskKind.Msync or TaskKind.Fork or TaskKind.Exit => Tasks.OnProcess(Kind, new MmId(Process), Address),
        TaskKind.Isolation => Tasks.Isolation(m),
        TaskKind.Kswapd => Tasks.Kswapd(m, (int)Index, pages: 2),
        TaskKind.LruAddDrain => Tasks.Simple(Kind, (int)Index),
        TaskKind.Swapoff or TaskKind.WritebackEnd => Tasks.Simple(Kind),
        _ => Tasks.OnFile(Kind, ScenarioMachine.MappingOf(File), Index, Variant),
    });

    /// <summary>Whether the actor has what it needs in a machine: its process, its file, its zone, its CPU.</summary>
    /// <param name="m">The machine.</param>
    /// <returns>False when it names something that does not exist.</returns>
    public bool Fits(Machine m) => Kind switch
    {
        TaskKind.Fault or TaskKind.GetUserPages or TaskKind.Mlock or TaskKind.Munmap or TaskKind.Mremap or TaskKind.Msync
            or TaskKind.Fork or TaskKind.Exit => Process < m.Mms.Count,
        TaskKind.Kswapd => Index < (ulong)m.Zones.Count,
        TaskKind.LruAddDrain => Index < (ulong)m.Pagevecs.Count,
        TaskKind.Isolation or TaskKind.Swapoff or TaskKind.WritebackEnd => true,
        _ => File + 1 < m.Mappings.Count,
    };

    /// <summary>As a line of a report.</summary>
    public override string ToString() => Kind switch
    {
        TaskKind.Fault or TaskKind.GetUserPages or TaskKind.Mlock =>
            $"{Kind} of process {Process} at 0x{Address:x}{(Write ? ", write" : "")}{(Variant ? ", without the re-check" : "")}",
        TaskKind.Munmap or TaskKind.Mremap or TaskKind.Msync => $"{Kind} of process {Process} at 0x{Address:x}",
        TaskKind.Fork or TaskKind.Exit => $"{Kind} of process {Process}",
        TaskKind.Kswapd when Index != 0 => $"{Kind} of zone {Index}",
        TaskKind.LruAddDrain when Index != 0 => $"{Kind} of CPU {Index}",
        TaskKind.Kswapd or TaskKind.Isolation or TaskKind.Swapoff or TaskKind.WritebackEnd or TaskKind.LruAddDrain => $"{Kind}",
        TaskKind.Truncate => $"{Kind} of file {File} at {Index}{(Variant ? ", with the tail of the page before" : "")}",
        _ => $"{Kind} of file {File} at {Index}{(Variant ? ", WB_SYNC_ALL" : "")}",
    };
}
