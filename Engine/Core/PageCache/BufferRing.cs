namespace MigrationConformance.Core;

/// <summary>The buffers of a page, each once, from the first one round the ring: to be used with foreach.</summary>
/// <remarks>Kernel: the loop over b_this_page that fs/buffer.c makes everywhere. A buffer may be freed once it has been visited.</remarks>
public struct BufferRing
{
    private readonly Machine m;
    private readonly BhId first;
    private BhId next;
    private int left;

    /// <summary>Starts at a page's first buffer.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="p">A page that has PG_private.</param>
    public BufferRing(Machine m, in Page p)
    {
        this.m = m;
        first = p.FirstBuffer;
        next = first;
        left = m.Buffers.Count;
        Current = BhId.None;
    }

    /// <summary>The buffer at hand.</summary>
    public BhId Current { readonly get; private set; }

    /// <summary>The ring itself, for foreach.</summary>
    /// <returns>This value.</returns>
    public readonly BufferRing GetEnumerator() => this;

    /// <summary>Goes on to the next buffer.</summary>
    /// <returns>False when the ring is closed.</returns>
    /// <exception cref="KernelBugException">The pointer leads to no buffer, or the ring never comes back to the first one, where the kernel would go round for ever; only an illegal machine has either.</exception>
    public bool MoveNext()
    {
        if (!Current.IsNone && next == first)
            return false;
        if (left-- == 0 || next.IsNone || next.Value >= m.Buffers.Count || m.Buffers[next.Value].InUse == 0)
            KernelBugException.Throw(BugCheck.PageBuffersBadPointer, Pfn.None);
        Current = next;
        next = m.Buffers[next.Value].ThisPage;
        return true;
    }
}
