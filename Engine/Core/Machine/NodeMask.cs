using System.Numerics;

namespace MigrationConformance.Core;

/// <summary>A set of memory nodes: bit n is node n.</summary>
/// <param name="Bits">The set; nodes 0 to 63.</param>
/// <remarks>
/// Kernel: include/linux/nodemask.h nodemask_t. A node of the model has one zone, and its number is the zone's; so
/// page_to_nid() of a page is <see cref="Page.Zone"/>. Zones from <see cref="MaxNodes"/> on are in no set.
/// </remarks>
public readonly record struct NodeMask(ulong Bits)
{
    /// <summary>MAX_NUMNODES: nodes that a set can name.</summary>
    public const int MaxNodes = 64;

    /// <summary>The nodes of a machine: node_online_map.</summary>
    /// <param name="m">The machine.</param>
    /// <returns>A node for each zone, up to <see cref="MaxNodes"/>.</returns>
    public static NodeMask Online(Machine m) => new(m.Zones.Count >= MaxNodes ? ulong.MaxValue : (1UL << m.Zones.Count) - 1);

    /// <summary>nodes_empty().</summary>
    public bool IsEmpty => Bits == 0;

    /// <summary>nodes_weight().</summary>
    public int Weight => BitOperations.PopCount(Bits);

    /// <summary>node_isset().</summary>
    /// <param name="node">A node; one that no set can name is in none.</param>
    /// <returns>True when it is in the set.</returns>
    public bool Has(int node) => node < MaxNodes && (Bits & (1UL << node)) != 0;

    /// <summary>nodes_subset().</summary>
    /// <param name="other">Another set.</param>
    /// <returns>True when all nodes of this set are in the other.</returns>
    public bool IsSubsetOf(NodeMask other) => (Bits & ~other.Bits) == 0;

    /// <summary>nodes_and().</summary>
    /// <param name="other">Another set.</param>
    /// <returns>The nodes in both.</returns>
    public NodeMask And(NodeMask other) => new(Bits & other.Bits);

    /// <summary>nodes_andnot().</summary>
    /// <param name="other">Another set.</param>
    /// <returns>The nodes that are not in the other.</returns>
    public NodeMask AndNot(NodeMask other) => new(Bits & ~other.Bits);

    /// <summary>node_clear().</summary>
    /// <param name="node">A node.</param>
    /// <returns>The set without it.</returns>
    public NodeMask Without(int node) => new(Bits & ~(1UL << node));

    /// <summary>next_node(), or first_node() after −1.</summary>
    /// <param name="node">A node, or −1.</param>
    /// <returns>The lowest node of the set above it, or <see cref="MaxNodes"/>.</returns>
    public int Next(int node) => node >= MaxNodes - 1 ? MaxNodes : BitOperations.TrailingZeroCount(Bits & (ulong.MaxValue << (node + 1)));

    /// <summary>The nth node of the set.</summary>
    /// <param name="ordinal">0 to <see cref="Weight"/> − 1.</param>
    /// <returns>The node.</returns>
    public int Nth(int ordinal)
    {
        int node = Next(-1);
        for (; ordinal > 0; ordinal--)
            node = Next(node);
        return node;
    }

    /// <summary>node_remap(): the node that stands in one set where a node stands in another, beginning again when the set is used up.</summary>
    /// <param name="node">A node.</param>
    /// <param name="old">The set it stands in.</param>
    /// <param name="replacement">The set to take the answer from.</param>
    /// <returns>The node; <paramref name="node"/> itself when it is not in <paramref name="old"/>, or when <paramref name="replacement"/> is empty.</returns>
    /// <remarks>Kernel: include/linux/nodemask.h node_remap(), lib/bitmap.c bitmap_bitremap().</remarks>
    public static int Remap(int node, NodeMask old, NodeMask replacement)
    {
        if (!old.Has(node) || replacement.IsEmpty)
            return node;
        int ordinal = BitOperations.PopCount(old.Bits & ((1UL << node) - 1));
        return replacement.Nth(ordinal % replacement.Weight);
    }

    /// <summary>The nodes, as a list of numbers.</summary>
    public override string ToString()
    {
        var nodes = new List<int>();
        for (int node = Next(-1); node < MaxNodes; node = Next(node))
            nodes.Add(node);
        return nodes.Count == 0 ? "none" : string.Join(",", nodes);
    }
}
