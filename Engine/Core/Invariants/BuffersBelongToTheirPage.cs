namespace MigrationConformance.Core;

/// <summary>PG_private says that private leads to a ring of buffers, all of this page.</summary>
internal static class BuffersBelongToTheirPage
{
    public const string Name = "buffers belong to their page";

    public static Violation? Check(Machine m, Survey survey)
    {
        for (int page = 0; page < m.Pages.Count; page++)
        {
            ref Page p = ref m.Pages[page];
            int owned = 0;
            foreach (ref BufferHead buffer in m.Buffers.Rows)
                owned += buffer.InUse != 0 && buffer.Page.Value == page ? 1 : 0;
            int ring = p.Has(PageFlags.Private) ? Ring(m, page, p) : 0;
            if (ring != owned)
                return new Violation(Name, $"page {page} owns {owned} buffers, its ring has {ring}", new Pfn(page));
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
