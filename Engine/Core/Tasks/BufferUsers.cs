namespace MigrationConformance.Core;

/// <summary>Where a user of a buffer stands.</summary>
internal enum BufferStep
{
    /// <summary>__find_get_block: looks the page up.</summary>
    Lookup = 0,

    /// <summary>Under private_lock: get_bh on the page's first buffer.</summary>
    GetBh,

    /// <summary>lock_buffer.</summary>
    LockBuffer,

    /// <summary>unlock_buffer.</summary>
    UnlockBuffer,

    /// <summary>put_bh.</summary>
    PutBh,
}

/// <summary>A user of the first buffer of the page at <see cref="KernelTask.Address"/>; <see cref="KernelTask.Local0"/> is its row + 1.</summary>
/// <remarks>Kernel: fs/buffer.c __find_get_block_slow(), lock_buffer(), __brelse().</remarks>
internal static class BufferUsers
{
    public static int Step(Machine m, ref KernelTask t, int self)
    {
        switch ((BufferStep)t.Step)
        {
            case BufferStep.Lookup:
                if (Locks.WaitsForTree(m, ref t, self, t.Mapping))
                    return Actor.Blocked;
                return Actor.Lookup(m, ref t, t.Mapping, t.Address) ? (int)BufferStep.GetBh : Actor.Finished;
            case BufferStep.GetBh:
                return GetBh(m, ref t, self);
            case BufferStep.LockBuffer:
                return Actor.BufferLockWaits(m, ref t, self, new BhId(t.Local0 - 1)) ? Actor.Blocked : (int)BufferStep.UnlockBuffer;
            case BufferStep.UnlockBuffer:
                m.Buffers[t.Local0 - 1].State &= ~BufferFlags.Lock;
                return (int)BufferStep.PutBh;
            case BufferStep.PutBh:
                m.Buffers[t.Local0 - 1].Count--;
                t.Local0 = 0;
                return Actor.Finished;
            default:
                throw new EngineFault(m, $"a buffer user stands at step {t.Step}");
        }
    }

    private static int GetBh(Machine m, ref KernelTask t, int self)
    {
        if (Locks.WaitsForPrivate(m, ref t, self, t.Mapping))
            return Actor.Blocked;
        ref Page p = ref m.Pages[t.Page.Value];
        if (p.Has(PageFlags.Private))
        {
            t.Local0 = p.FirstBuffer.Value + 1;
            m.Buffers[p.FirstBuffer.Value].Count++;
        }
        Actor.Put(m, ref t);
        return t.Local0 != 0 ? (int)BufferStep.LockBuffer : Actor.Finished;
    }
}
