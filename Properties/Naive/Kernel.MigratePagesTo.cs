namespace MigrationConformance.Properties.Naive;

/// <summary>What a system call does with the pages that it has collected.</summary>
internal sealed partial class Kernel
{
    /// <summary>New pages of a call of migrate_pages: the limit is looked at after one more.</summary>
    private const int MigrateChunkSize = 256;

    /// <summary>Before the policy layer: swaps the pages of the list out.</summary>
    private int SwapPages()
    {
        int left = MigrateChunk();
        PutbackOfCall(_world.Failed, "PutBackFailed");
        PutbackOfCall(_world.Moved, "PutBackMoved");
        return left;
    }

    /// <summary>Moves the pages of the list to new pages, a chunk at a time.</summary>
    /// <param name="call">The mbind whose policy chooses the nodes, or null.</param>
    /// <param name="vma">The VMA whose addresses new pages are allocated for, or null.</param>
    /// <param name="dest">The node, without a VMA.</param>
    /// <returns>Pages left on the list, or −ENOMEM.</returns>
    private int MigratePagesTo(Call? call, Vma? vma, int dest)
    {
        List<Page> newlist = _world.To!;
        ulong offset = 0;
        int err;
        do
        {
            err = AllocateChunk(newlist, call, vma, dest, ref offset) ? MigrateChunk() : ENOMEM;
            if (err >= 0)
            {
                PutbackOfCall(_world.Moved, "PutBackMoved");
            }
        }
        while (err >= 0 && newlist.Count == 0 && _world.From.Count > 0);

        foreach (Page page in newlist.ToList())
        {
            At("FreeNewPage");
            newlist.Remove(page);

            // __free_page: such a page was never on the LRU.
            page.Count--;
            FreePage(page);
        }

        At("SpliceFailed");
        _world.From.InsertRange(0, _world.Failed);
        _world.Failed.Clear();
        return err < 0 ? err : _world.From.Count;
    }

    /// <summary>Allocates new pages for the pages of the list, as many as a chunk takes.</summary>
    /// <param name="offset">The offset in the VMA for which the next one is allocated.</param>
    /// <returns>False when there is no memory for one.</returns>
    private bool AllocateChunk(List<Page> newlist, Call? call, Vma? vma, int dest, ref ulong offset)
    {
        for (int pages = _world.From.Count; pages > 0; pages--)
        {
            At("AllocateNewPage");
            if (AllocPages(vma is null ? ZonelistOfNode(dest) : ZonelistOfPolicy(call!, vma, offset)) is not { } page)
            {
                return false;
            }

            if (_world.Level >= Level.NewPageOrder)
            {
                newlist.Add(page);
                offset += Vma.PageSize;
            }
            else
            {
                newlist.Insert(0, page);
            }

            // A stray semicolon behind the test of the limit ended every chunk here.
            if (_world.Level < Level.ChunkedAllocation || newlist.Count > MigrateChunkSize)
            {
                break;
            }
        }

        return true;
    }

    private int MigrateChunk()
    {
        var chunk = new Chunk(_world.From.Count, _world.To?.Count ?? 0);
        _world.Report.Chunks.Add(chunk);
        int left = MigratePages();
        chunk.Returned = left;
        Pass = 0;
        return left;
    }

    private void PutbackOfCall(List<Page> list, string step)
    {
        foreach (Page page in list.ToList())
        {
            At(step);
            MoveToLru(page, list);
            _world.Report.PutBack++;
        }
    }

    /// <summary>A node, and then those after it by number, from the last one to the first.</summary>
    private IEnumerable<int> ZonelistOfNode(int node) =>
        Enumerable.Range(0, _world.Zones.Count).Select(step => (node + step) % _world.Zones.Count);

    /// <summary>The lowest free frame of the first node that has one, of those that the caller's cpuset allows.</summary>
    private Page? AllocPages(IEnumerable<int> zonelist)
    {
        SortedSet<int>? mems = _world.Call!.Caller.Mems;
        foreach (int node in zonelist.Where(node => mems is null || mems.Contains(node)))
        {
            if (_world.Pages.FirstOrDefault(page => page.Zone == node && page.Count == 0 && !page.Has(Flag.Reserved)) is { } page)
            {
                PrepNewPage(page);
                return page;
            }
        }

        return null;
    }

    /// <summary>A fresh page. The kernel leaves some flags, the index and the contents as they were; nobody looks at them.</summary>
    private static void PrepNewPage(Page page)
    {
        page.Flags = Flag.None;
        page.Private = 0;
        page.Index = 0;
        page.Contents = 0;
        page.Count = 1;
    }
}
