using MigrationConformance.Conventions;

namespace MigrationConformance.Properties;

/// <summary>A defect that the lists know: of a kernel or a draft (D, P), noticed while the patch was read (A), a changed line of it (M), or thought of here (H).</summary>
/// <param name="Id">Its name.</param>
/// <param name="When">Year and month of a defect; step or place of a mutation.</param>
/// <param name="Title">What it is, short.</param>
/// <param name="WasWrong">What was wrong; empty for mutations, whose title says it.</param>
public sealed record CatalogueEntry(string Id, string When, string Title, string WasWrong)
{
    /// <summary>Whether a kernel, or a draft of the patch, had it.</summary>
    public bool IsHistory => Id[0] is 'D' or 'P';
}

/// <summary>Every defect by its id: each is planted, or it is said why not.</summary>
public static class Catalogue
{
    public static readonly CatalogueEntry[] All = [.. File.ReadLines(Path.Combine(SourceTree.Root, "Properties", "Defects", "catalogue.tsv"))
        .Skip(1).Select(line => line.Split('\t')).Select(cells => new CatalogueEntry(cells[0], cells[1], cells[2], cells[3]))];

    public static CatalogueEntry Of(string id) => Array.Find(All, entry => entry.Id == id) ?? throw new ArgumentException($"{id} is not in catalogue.tsv", nameof(id));
}
