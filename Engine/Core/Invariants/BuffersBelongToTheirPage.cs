namespace MigrationConformance.Core;

/// <summary>PG_private says that private leads to a ring of buffers, all of this page; while a migration moves them, part of them is of the old page.</summary>
internal static class BuffersBelongToTheirPage
{
    public const string Name = "buffers belong to their page";

    public static Violation? Check(Machine m, Survey survey)
    {
        for (int page = 0; page < m.Pages.Count; page++)
        {
            if (Moving(m, page))
                continue;
            ref Page p = ref m.Pages[page];
            int owned = 0;
            foreach (ref BufferHead buffer in m.Buffers.Rows)
                owned += buffer.InUse != 0 && buffer.Page.Value == page ? 1 : 0;
            int ring = p.Has(PageFlags.Private) ? Ring(m, page, p) : 0;
            if (ring != owned)
                return new Violation(Name, $"page {page} owns {owned} buffers, its ring has {ring}", new Pfn(page));
        }
        return MovingRings(m);
    }

    // Between the move of private and PG_private both pages have part of the ring, and neither says so.
    private static bool Moving(Machine m, int page)
    {
        foreach (ref KernelTask t in m.Tasks.Rows)
        {
            if ((t.Page.Value == page || t.Newpage.Value == page) && StepOrder.IsBetween(t, MigrationStep.SetBufferPages, MigrationStep.SetPagePrivate))
                return true;
        }
        return false;
    }

    private static Violation? MovingRings(Machine m)
    {
        foreach (ref KernelTask t in m.Tasks.Rows)
        {
            if (!StepOrder.IsBetween(t, MigrationStep.SetBufferPages, MigrationStep.SetPagePrivate))
                continue;
            int owned = 0, ring = 0;
            foreach (ref BufferHead buffer in m.Buffers.Rows)
                owned += buffer.InUse != 0 && (buffer.Page == t.Page || buffer.Page == t.Newpage) ? 1 : 0;
            bool moved = true;
            foreach (BhId bh in new BufferRing(m, m.Pages[t.Newpage.Value]))
            {
                ring++;
                // Those before the buffer at work sit in the new page, the others in the old one.
                moved &= bh.Value != t.Local0 - 1;
                if (m.Buffers[bh.Value].Page != (moved ? t.Newpage : t.Page))
                    return new Violation(Name, $"buffer {bh.Value} is of {m.Buffers[bh.Value].Page}, the ring that moves is at buffer {t.Local0 - 1}", t.Newpage);
            }
            if (ring != owned)
                return new Violation(Name, $"{t.Page} and {t.Newpage} own {owned} buffers, the ring that moves has {ring}", t.Newpage);
        }
        return null;
    }

    private static int Ring(Machine m, int page, in Page p)
    {
        int length = 0;
        BhId bh = p.FirstBuffer;
        do
        {
            if (bh.Value < 0 || bh.Value >= m.Buffers.Count || m.Buffers[bh.Value].Page.Value != page || length++ > m.Buffers.Count)
                return -1;
            bh = m.Buffers[bh.Value].ThisPage;
        }
        while (bh != p.FirstBuffer);
        return length;
    }
}
