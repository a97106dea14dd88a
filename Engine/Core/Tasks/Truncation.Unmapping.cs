namespace MigrationConformance.Core;

// unmap_mapping_range: of everything from the first page that goes on, and of one page.
internal static partial class Truncation
{
    // A fault that has found a page before sees by the count that it must look again.
    private static int RaiseCount(Machine m, ref KernelTask t, int self, int next)
    {
        ref AddressSpace space = ref m.Mappings[t.Mapping.Value];
        if (Locks.Busy(space.ImmapLock, self))
            return Actor.Wait(ref t, WaitKind.ImmapLock, t.Mapping.Value);
        space.TruncateCount++;
        return next;
    }

    private static int Unmap(Machine m, ref KernelTask t, int self)
    {
        if (Locks.Busy(m.Mappings[t.Mapping.Value].ImmapLock, self))
            return Actor.Wait(ref t, WaitKind.ImmapLock, t.Mapping.Value);
        if (!FindEntry(m, t, Pfn.None, out MmId mm, out ulong address))
            return (int)TruncateStep.TryLookup;
        return Zap.One(m, ref t, self, mm, address, keepsOffset: true) switch
        {
            ZapResult.Blocked => Actor.Blocked,
            ZapResult.Gathered => (int)TruncateStep.Flush,
            _ => (int)TruncateStep.Unmap,
        };
    }

    private static int Flush(Machine m, ref KernelTask t, int self)
    {
        if (Zap.FlushWaits(m, ref t, self, t.Page))
            return Actor.Blocked;
        Actor.Put(m, ref t);
        return (int)TruncateStep.Unmap;
    }

    private static int UnmapPage(Machine m, ref KernelTask t, int self) =>
        m.Pages[t.Page.Value].IsMapped ? RaiseCount(m, ref t, self, (int)TruncateStep.ZapPage) : (int)TruncateStep.ClearDirty;

    private static int ZapPage(Machine m, ref KernelTask t, int self)
    {
        if (Locks.Busy(m.Mappings[t.Mapping.Value].ImmapLock, self))
            return Actor.Wait(ref t, WaitKind.ImmapLock, t.Mapping.Value);
        if (!FindEntry(m, t, t.Page, out MmId mm, out ulong address))
            return (int)TruncateStep.ClearDirty;
        if (Zap.One(m, ref t, self, mm, address, keepsOffset: true) == ZapResult.Blocked)
            return Actor.Blocked;
        // The zapped entry's reference and the lookup's are on the same page; the gather's goes at once.
        PageRefs.PutPage(m, t.Page);
        return (int)TruncateStep.ZapPage;
    }

    // The next entry of the file at or after the first page that goes, or the next one of a page.
    private static bool FindEntry(Machine m, in KernelTask t, Pfn page, out MmId mm, out ulong address)
    {
        ref AddressSpace space = ref m.Mappings[t.Mapping.Value];
        return Find(m, space.Immap, t.Address, page, out mm, out address)
            || Find(m, space.ImmapNonlinear, t.Address, page, out mm, out address);
    }

    private static bool Find(Machine m, int vma, ulong first, Pfn page, out MmId mm, out ulong address)
    {
        for (; vma >= 0; vma = m.Vmas[vma].SharedNext)
        {
            ref VmArea area = ref m.Vmas[vma];
            for (ulong from = area.Start; PageTables.Next(m, area.Mm, from, area.End, out address, out Pte pte); from = address + Machine.PageSize)
            {
                ulong index = pte.IsFile ? pte.FileOffset.Value
                    : pte.IsPresent && !m.Pages[pte.Page.Value].IsAnon ? m.Pages[pte.Page.Value].Index.Value
                    : area.LinearPageIndex(address).Value;
                mm = area.Mm;
                // A file entry says where a non-linear VMA continues: it stays, and whoever touches it finds the end of the file.
                bool stays = pte.IsFile && area.Has(VmFlags.Nonlinear);
                if (!stays && (page.IsNone ? index >= first : pte.IsPresent && pte.Page == page))
                    return true;
            }
        }
        mm = default;
        address = 0;
        return false;
    }
}
