namespace MigrationConformance.Core;

// Buffers, and what others hold of pages and buffers.
public sealed partial class ScenarioBuilder
{
    // Links the buffers of a page in a ring, in the order of the scenario.
    private int AddBuffers(ScenarioPage page, int frame)
    {
        int count = page.Buffers.Count;
        if (count == 0)
            return -1;
        int first = m.Buffers.Count;
        for (int i = 0; i < count; i++)
        {
            ScenarioBuffer buffer = page.Buffers[i];
            m.Buffers.Add(new BufferHead
            {
                ThisPage = new BhId(i + 1 < count ? first + i + 1 : first),
                Page = new Pfn(frame),
                Count = buffer.Users.Count,
                State = StateOf(buffer),
                InUse = 1,
            });
        }
        return first;
    }

    private static BufferFlags StateOf(ScenarioBuffer buffer) =>
        (buffer.Uptodate ? BufferFlags.Uptodate : 0)
        | (buffer.Dirty ? BufferFlags.Dirty : 0)
        | (buffer.Locked is null ? 0 : BufferFlags.Lock)
        | (buffer.Mapped ? BufferFlags.Mapped : 0)
        | (buffer.WriteEio ? BufferFlags.WriteEio : 0)
        | (buffer.Associated ? BufferFlags.Associated : 0);

    private void AddHolds(ScenarioPage page, int frame, int firstBuffer)
    {
        int first = m.Holds.Count;
        AddHoldRows(page, frame, firstBuffer);
        LinkHolds(first, frame);
    }

    private void AddHoldRows(ScenarioPage page, int frame, int firstBuffer)
    {
        if (page.Locked is { } locked)
            AddHold(HoldKind.PageLock, frame, BhId.None, locked);
        foreach (int reference in page.References)
            AddHold(HoldKind.Reference, frame, BhId.None, reference);
        if (page.Writeback is { } writeback)
        {
            m.Holds.Add(new Hold
            {
                Kind = HoldKind.Writeback,
                Page = new Pfn(frame),
                Buffer = BhId.None,
                Until = writeback.Until,
                Contents = writeback.Contents ?? m.Pages[frame].Contents,
                Fails = writeback.Fails ? 1 : 0,
            });
        }
        for (int i = 0; i < page.Buffers.Count; i++)
        {
            foreach (int user in page.Buffers[i].Users)
                AddHold(HoldKind.BufferCount, frame, new BhId(firstBuffer + i), user);
        }
        for (int i = 0; i < page.Buffers.Count; i++)
        {
            if (page.Buffers[i].Locked is { } until)
                AddHold(HoldKind.BufferLock, frame, new BhId(firstBuffer + i), until);
        }
    }

    // What Others.Add does row by row; it looks for the end of the page's chain each time.
    private void LinkHolds(int first, int frame)
    {
        if (first == m.Holds.Count)
            return;
        for (int row = first; row < m.Holds.Count; row++)
            m.Holds[row].Next = row + 1 < m.Holds.Count ? row + 1 : -1;
        RadixTree.Insert(m, ref m.Globals.HoldsOfPage, (ulong)frame, first);
        m.Globals.HoldHint = m.Holds.Count;
    }

    private void AddHold(HoldKind kind, int frame, BhId buffer, int until) =>
        m.Holds.Add(new Hold { Kind = kind, Page = new Pfn(frame), Buffer = buffer, Until = until });
}
