namespace MigrationConformance.Core;

/// <summary>Every process reads at every address, and every file at every offset, what it read when the run began or what was written since.</summary>
internal static class NoDataLost
{
    public const string Name = "no data is lost";

    public static Violation? Check(Machine m, Survey survey)
    {
        GhostMemory ghost = survey.Memory;
        foreach ((MmId mm, ulong then, ulong value) in ghost.Memory)
        {
            ulong address = TaskLocals.Moved(m, mm, then);
            if (GhostMemory.Read(m, mm, address, out ulong found) && found != value && !TaskLocals.Wrote(m, mm, then, found)
                && !Loses(m, ghost, mm, address))
                return new Violation(Name, $"process {mm.Value} reads {found} at 0x{address:x}, it read {value} before", Page(m, mm, address));
        }
        foreach ((MappingId file, ulong index, ulong value) in ghost.Files)
        {
            if (GhostMemory.ReadFile(m, file, index, out ulong found) && found != value && !ghost.Loses(file) && !TaskLocals.Discards(m, file) && !TaskLocals.Cuts(m, file))
                return new Violation(Name, $"{file} reads {found} at {index}, it read {value} before", Cached(m, file, index));
        }
        return OfChildren(m, ghost);
    }

    // After fork the child reads what its parent read, before or after what the parent has written since the run began.
    private static Violation? OfChildren(Machine m, GhostMemory ghost)
    {
        foreach (ref KernelTask t in m.Tasks.Rows)
        {
            if (t.Kind != TaskKind.Fork || !TaskLocals.IsFinished(t))
                continue;
            var child = new MmId(t.NrFailed);
            foreach ((MmId mm, ulong address, ulong value) in ghost.Memory)
            {
                if (mm == t.Mm && GhostMemory.Read(m, child, address, out ulong found) && found != value
                    && !TaskLocals.Wrote(m, mm, address, found) && !Loses(m, ghost, child, address))
                    return new Violation(Name, $"process {child.Value}, forked by process {mm.Value}, reads {found} at 0x{address:x}, its parent read {value}", Page(m, child, address));
            }
        }
        return null;
    }

    private static bool Loses(Machine m, GhostMemory ghost, MmId mm, ulong address)
    {
        int vma = Actor.FindVma(m, mm, address);
        return ghost.Loses(MappingId.Swapper) || (vma >= 0 && !m.Vmas[vma].File.IsNone && (ghost.Loses(m.Vmas[vma].File) || TaskLocals.Discards(m, m.Vmas[vma].File) || TaskLocals.Cuts(m, m.Vmas[vma].File)));
    }

    private static Pfn Page(Machine m, MmId mm, ulong address)
    {
        Pte pte = PageTables.Get(m, mm, address);
        return pte.IsPresent ? pte.Page : pte.IsSwap ? Cached(m, MappingId.Swapper, pte.SwapEntry.Value) : Pfn.None;
    }

    private static Pfn Cached(Machine m, MappingId mapping, ulong index)
    {
        int page = RadixTree.Lookup(m, m.Mappings[mapping.Value].PageTree, index);
        return page >= 0 ? new Pfn(page) : Pfn.None;
    }
}
