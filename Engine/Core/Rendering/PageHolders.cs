namespace MigrationConformance.Core;

/// <summary>Who holds the references of one page, in the order of the ledger.</summary>
internal static class PageHolders
{
    /// <summary>The holders of a page in words, one for each reference.</summary>
    public static List<string> Of(MachineView view, Pfn page) =>
        Ledger.HoldersOf(view.Machine, page).ConvertAll(holder => Words(view.Machine, holder));

    // What others hold ends at a moment that the reader wants to know.
    private static string Words(Machine m, Holder holder) => holder.Kind switch
    {
        HolderKind.Others => "others until " + RenderWords.UntilWhen(m.Holds[holder.Number].Until),
        HolderKind.Tree when holder.Number != MappingId.Swapper.Value => $"tree of {new MappingId(holder.Number)} at {RenderWords.Hex(holder.Where)}",
        _ => holder.ToString(),
    };
}
