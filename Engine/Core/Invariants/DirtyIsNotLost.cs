namespace MigrationConformance.Core;

/// <summary>A cached page that differs from its store is dirty somewhere: flag, entry, buffer or a write in flight.</summary>
internal static class DirtyIsNotLost
{
    public const string Name = "dirty is not lost";

    public static Violation? Check(Machine m, Survey survey)
    {
        for (int page = 0; page < m.Pages.Count; page++)
        {
            ref Page p = ref m.Pages[page];
            MappingId mapping = p.PageMapping;
            // A locked page can be on its way to another one, or in its writepage.
            if (mapping.IsNone || !p.Has(PageFlags.Uptodate) || p.Has(PageFlags.Dirty | PageFlags.Writeback | PageFlags.Locked))
                continue;
            if (mapping.Value < m.Mappings.Count && m.Mappings[mapping.Value].Kind == MappingKind.Tmpfs)
                continue;
            // A slot that only the cache uses holds what nobody reads any more.
            if (mapping == MappingId.Swapper && survey.SlotUsers[(int)p.Private] + survey.HiddenUsers((int)p.Private) <= 1)
                continue;
            if (p.Contents == GhostMemory.ReadStore(m, mapping, p.PageIndex) || survey.Memory.Loses(mapping) || TaskLocals.Discards(m, mapping) || TaskLocals.Cuts(m, mapping) || DirtyElsewhere(m, page))
                continue;
            return new Violation(Name, $"page {page} has {p.Contents}, its store {GhostMemory.ReadStore(m, mapping, p.PageIndex)}, and nothing says it is dirty", new Pfn(page));
        }
        return null;
    }

    private static bool DirtyElsewhere(Machine m, int page)
    {
        foreach (ref BufferHead buffer in m.Buffers.Rows)
        {
            if (buffer.InUse != 0 && buffer.Page.Value == page && (buffer.State & BufferFlags.Dirty) != 0)
                return true;
        }
        for (int mm = 0; mm < m.Mms.Count; mm++)
        {
            var entries = new EntryCursor(m, new MmId(mm));
            while (entries.Next())
            {
                if (entries.Pte.IsPresent && entries.Pte.IsDirty && entries.Pte.Page.Value == page)
                    return true;
            }
        }
        return false;
    }
}
