namespace MigrationConformance.Core;

/// <summary>What others hold until a moment that a scenario fixes, and the writes in flight: the rows of <see cref="Machine.Holds"/>.</summary>
/// <remarks>
/// These are not kernel functions. They stand for what other tasks and the devices do in a run of one migration,
/// whose moments the kernel leaves open.
/// </remarks>
public static class Others
{
    /// <summary>Notes that others hold something; the page or buffer itself is the caller's to change.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="hold">What is held; its link is set here.</param>
    public static void Add(Machine m, Hold hold)
    {
        int row = m.Globals.HoldHint;
        while (row < m.Holds.Count && m.Holds[row].Kind != HoldKind.None)
            row++;
        if (row == m.Holds.Count)
            m.Holds.AddZeroed(1);
        m.Globals.HoldHint = row + 1;
        hold.Next = -1;
        m.Holds[row] = hold;
        int last = RadixTree.Lookup(m, m.Globals.HoldsOfPage, (ulong)hold.Page.Value);
        if (last < 0)
        {
            RadixTree.Insert(m, ref m.Globals.HoldsOfPage, (ulong)hold.Page.Value, row);
            return;
        }
        while (m.Holds[last].Next >= 0)
            last = m.Holds[last].Next;
        m.Holds[last].Next = row;
    }

    /// <summary>Submits a write of a page: its contents of now reach the store when the write completes.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A page under writeback.</param>
    /// <param name="until">When it completes: see <see cref="Until"/>.</param>
    /// <param name="fails">Whether it completes with an error.</param>
    public static void SubmitWrite(Machine m, Pfn page, int until, bool fails) => Add(m, new Hold
    {
        Kind = HoldKind.Writeback,
        Page = page,
        Buffer = BhId.None,
        Contents = m.Pages[page.Value].Contents,
        Until = until,
        Fails = fails ? 1 : 0,
        Submitted = 1,
    });

    /// <summary>Ends everything that lasts until a pass, when that pass starts, in the order in which it was noted.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="pass">The pass that starts, from 0.</param>
    public static void BeginPass(Machine m, int pass)
    {
        for (int row = 0; row < m.Holds.Count; row++)
        {
            if (m.Holds[row].Kind != HoldKind.None && m.Holds[row].Until <= pass)
                End(m, row);
        }
    }

    /// <summary>Whether the start of a pass must wait: a write that ends needs a tree_lock that another task holds.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="t">The task whose pass starts; it is marked as waiting.</param>
    /// <param name="self">The task's number + 1.</param>
    /// <returns>True when it must.</returns>
    public static bool BeginPassWaits(Machine m, ref KernelTask t, int self)
    {
        foreach (ref Hold hold in m.Holds.Rows)
        {
            if (hold.Kind == HoldKind.Writeback && hold.Until <= t.Pass && WriteWaits(m, ref t, self, hold.Page))
                return true;
        }
        return false;
    }

    /// <summary>Whether the end of a write must wait for the tree_lock. One that others hold for ever does not hold it up: the scenario fixes when it ends.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="t">The task that waits for the write; it is marked as waiting.</param>
    /// <param name="self">The task's number + 1.</param>
    /// <param name="page">The page.</param>
    /// <returns>True when it must.</returns>
    public static bool WriteWaits(Machine m, ref KernelTask t, int self, Pfn page)
    {
        MappingId mapping = m.Pages[page.Value].PageMapping;
        return !mapping.IsNone && m.Mappings[mapping.Value].TreeLock != Machine.LockedByOthers
            && Locks.WaitsForTree(m, ref t, self, mapping);
    }

    /// <summary>Somebody waits for a page lock: the others let go, if waiting makes them.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">The page.</param>
    /// <returns>True when the lock was released.</returns>
    public static bool EndPageLock(Machine m, Pfn page) => EndWaited(m, page, HoldKind.PageLock);

    /// <summary>Somebody waits for the end of writeback: the write completes, if waiting makes it.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">The page.</param>
    /// <returns>True when the write completed.</returns>
    public static bool EndWriteback(Machine m, Pfn page) => EndWaited(m, page, HoldKind.Writeback);

    /// <summary>Whether others have let something go between two machines. What that takes locks for, they do who may have them already.</summary>
    /// <param name="before">The machine before a step.</param>
    /// <param name="after">The machine after it.</param>
    /// <returns>True when others hold less than before, or fewer writes are in flight.</returns>
    internal static bool HaveLetGo(Machine before, Machine after) => Held(after) < Held(before);

    private static int Held(Machine m)
    {
        int held = 0;
        foreach (ref Hold hold in m.Holds.Rows)
            held += hold.Kind is HoldKind.None or HoldKind.Gather ? 0 : 1;
        return held;
    }

    /// <summary>The first page that a task has gathered.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="self">The task's number + 1.</param>
    /// <returns>The row of <see cref="Machine.Holds"/>, or −1.</returns>
    public static int FirstGathered(Machine m, int self)
    {
        for (int row = 0; row < m.Holds.Count; row++)
        {
            if (m.Holds[row].Kind == HoldKind.Gather && m.Holds[row].Submitted == self)
                return row;
        }
        return -1;
    }

    /// <summary>A gathered page is let go.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="row">Its row, as <see cref="FirstGathered"/> found it.</param>
    public static void EndGather(Machine m, int row) => End(m, row);

    /// <summary>Somebody waits for a buffer's lock: the others let go, if waiting makes them.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">The page that the buffer belongs to.</param>
    /// <param name="buffer">The buffer.</param>
    /// <returns>True when the lock was released.</returns>
    public static bool EndBufferLock(Machine m, Pfn page, BhId buffer) => EndWaited(m, page, HoldKind.BufferLock, buffer);

    /// <summary>A buffer moves to another page: what others hold of it goes with it.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">The page that it belongs to.</param>
    /// <param name="buffer">The buffer.</param>
    /// <param name="newpage">The page that it will belong to.</param>
    public static void BufferMoves(Machine m, Pfn page, BhId buffer, Pfn newpage)
    {
        int next;
        for (int row = RadixTree.Lookup(m, m.Globals.HoldsOfPage, (ulong)page.Value); row >= 0; row = next)
        {
            Hold hold = m.Holds[row];
            next = hold.Next;
            if (hold.Kind is not (HoldKind.BufferCount or HoldKind.BufferLock) || hold.Buffer != buffer)
                continue;
            hold.Page = newpage;
            Remove(m, row);
            Add(m, hold);
        }
    }

    private static bool EndWaited(Machine m, Pfn page, HoldKind kind) => EndWaited(m, page, kind, BhId.None);

    private static bool EndWaited(Machine m, Pfn page, HoldKind kind, BhId buffer)
    {
        int row = RadixTree.Lookup(m, m.Globals.HoldsOfPage, (ulong)page.Value);
        while (row >= 0 && (m.Holds[row].Kind != kind || (!buffer.IsNone && m.Holds[row].Buffer != buffer)))
            row = m.Holds[row].Next;
        if (row < 0 || !Until.EndsWhenWaited(m.Holds[row].Until))
            return false;
        End(m, row);
        return true;
    }

    private static void End(Machine m, int row)
    {
        Hold hold = m.Holds[row];
        Remove(m, row);
        switch (hold.Kind)
        {
            case HoldKind.PageLock:
                PageLock.UnlockPage(m, hold.Page);
                break;
            case HoldKind.Reference or HoldKind.Gather:
                PageRefs.PutPage(m, hold.Page);
                break;
            case HoldKind.Writeback:
                CompleteWrite(m, hold);
                break;
            case HoldKind.BufferCount:
                m.Buffers[hold.Buffer.Value].Count--;
                break;
            case HoldKind.BufferLock:
                m.Buffers[hold.Buffer.Value].State &= ~BufferFlags.Lock;
                break;
            default:
                throw new EngineFault(m, $"hold {row} has the kind {hold.Kind}");
        }
    }

    /// <summary>A write completes: the store changes or PG_error is set, the buffers of the write are unlocked, writeback ends.</summary>
    private static void CompleteWrite(Machine m, in Hold hold)
    {
        ref Page p = ref m.Pages[hold.Page.Value];
        if (hold.Fails != 0)
            p.Set(PageFlags.Error);
        else if (p.Has(PageFlags.SwapCache))
        {
            if (p.Private < (ulong)m.SwapContents.Count)
                m.SwapContents[(int)p.Private] = hold.Contents;
        }
        else if (p.PageMapping is { IsNone: false } file)
            BackingStore.Write(m, file, p.Index.Value, hold.Contents);
        if (p.Has(PageFlags.Private))
            UnlockWrittenBuffers(m, p);
        Writeback.EndPageWriteback(m, hold.Page);
    }

    private static void UnlockWrittenBuffers(Machine m, in Page p)
    {
        foreach (BhId bh in new BufferRing(m, p))
        {
            ref BufferHead buffer = ref m.Buffers[bh.Value];
            if ((buffer.State & BufferFlags.AsyncWrite) != 0)
                buffer.State &= ~(BufferFlags.AsyncWrite | BufferFlags.Lock);
        }
    }

    private static void Remove(Machine m, int row)
    {
        int first = RadixTree.Lookup(m, m.Globals.HoldsOfPage, (ulong)m.Holds[row].Page.Value);
        if (first == row)
        {
            RadixTree.Delete(m, ref m.Globals.HoldsOfPage, (ulong)m.Holds[row].Page.Value);
            if (m.Holds[row].Next >= 0)
                RadixTree.Insert(m, ref m.Globals.HoldsOfPage, (ulong)m.Holds[row].Page.Value, m.Holds[row].Next);
        }
        else
        {
            while (m.Holds[first].Next != row)
                first = m.Holds[first].Next;
            m.Holds[first].Next = m.Holds[row].Next;
        }
        m.Holds[row] = default;
        m.Globals.HoldHint = Math.Min(m.Globals.HoldHint, row);
        while (m.Holds.Count > 0 && m.Holds[m.Holds.Count - 1].Kind == HoldKind.None)
            m.Holds.Count--;
    }
}
