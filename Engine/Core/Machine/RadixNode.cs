using System.Runtime.InteropServices;

namespace MigrationConformance.Core;

/// <summary>The root of a radix tree: struct radix_tree_root.</summary>
/// <remarks>
/// Kernel: lib/radix-tree.c. At this patch an item always sits in a node: height 0 is the empty tree, and a
/// single item at index 0 uses one node at height 1.
/// </remarks>
public struct RadixRoot
{
    /// <summary>The top node's number + 1 in <see cref="Machine.Nodes"/>; 0 for the empty tree.</summary>
    public int Rnode;

    /// <summary>Levels of nodes; 0 for the empty tree.</summary>
    public int Height;
}

/// <summary>The two tags of a page cache tree.</summary>
/// <remarks>Kernel: include/linux/fs.h PAGECACHE_TAG_*.</remarks>
public enum PagecacheTag
{
    /// <summary>PAGECACHE_TAG_DIRTY.</summary>
    Dirty = 0,

    /// <summary>PAGECACHE_TAG_WRITEBACK.</summary>
    Writeback = 1,
}

/// <summary>One node of a radix tree: struct radix_tree_node without its slots, which are rows of <see cref="Machine.Slots"/>.</summary>
/// <remarks>Slot s of node n is row n × fan-out + s. A slot holds 0 (empty) or a node or item number + 1.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct RadixNode
{
    /// <summary>The DIRTY tag of each slot, bit 0 for slot 0.</summary>
    public ulong DirtyTags;

    /// <summary>The WRITEBACK tag of each slot, bit 0 for slot 0.</summary>
    public ulong WritebackTags;

    /// <summary>Used slots, 0 to the fan-out.</summary>
    public int Count;

    /// <summary>1 for a node that is allocated, 0 for a free one.</summary>
    public int InUse;

    /// <summary>The bitmap of one tag.</summary>
    /// <param name="tag">Which tag.</param>
    /// <returns>One bit a slot.</returns>
    public readonly ulong Tags(PagecacheTag tag) => tag == PagecacheTag.Dirty ? DirtyTags : WritebackTags;

    /// <summary>Sets or clears the bit of one slot.</summary>
    /// <param name="tag">Which tag.</param>
    /// <param name="slot">0 to the fan-out − 1.</param>
    /// <param name="on">The new value.</param>
    public void SetTag(PagecacheTag tag, int slot, bool on)
    {
        ref ulong tags = ref (tag == PagecacheTag.Dirty ? ref DirtyTags : ref WritebackTags);
        tags = on ? tags | (1UL << slot) : tags & ~(1UL << slot);
    }
}
