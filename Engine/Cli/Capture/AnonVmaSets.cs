namespace MigrationConformance.Cli;

/// <summary>Which VMAs share an anon_vma: disjoint sets that grow together as shared pages are seen.</summary>
/// <remarks>
/// The kernel does not show anon_vmas. In 2006 a VMA and its copies in forked children share one, and the pages
/// that they share are what shows it; VMAs that share nothing behave the same with an anon_vma each.
/// </remarks>
internal sealed class AnonVmaSets
{
    private readonly int[] parent;

    /// <summary>Each VMA for itself.</summary>
    /// <param name="vmas">How many there are.</param>
    public AnonVmaSets(int vmas)
    {
        parent = new int[vmas];
        for (int vma = 0; vma < vmas; vma++)
            parent[vma] = vma;
    }

    /// <summary>The lowest VMA of a set, which stands for it.</summary>
    /// <param name="vma">A VMA of the set.</param>
    /// <returns>The lowest.</returns>
    public int Find(int vma)
    {
        while (parent[vma] != vma)
            vma = parent[vma] = parent[parent[vma]];
        return vma;
    }

    /// <summary>Makes one set of two.</summary>
    /// <param name="a">A VMA of the first.</param>
    /// <param name="b">A VMA of the second.</param>
    public void Join(int a, int b)
    {
        a = Find(a);
        b = Find(b);
        if (a < b)
            parent[b] = a;
        else
            parent[a] = b;
    }
}
