using System;
using System.Collections.Generic;
using System.Linq;
using MigrationConformance.Core;

namespace MigrationConformance.Cli;

/// <summary>Pages, and how they changed, in a few words.</summary>
internal static class PageText
{
    private static readonly PageFlags[] Single = [.. Enum.GetValues<PageFlags>().Where(flag => System.Numerics.BitOperations.IsPow2((uint)flag))];

    /// <summary>The names of flags.</summary>
    /// <param name="flags">Any flags.</param>
    /// <returns>The names as the kernel writes them, or <c>none</c>.</returns>
    public static string Flags(PageFlags flags) =>
        flags == PageFlags.None ? "none" : string.Join(' ', Single.Where(flag => (flags & flag) != 0).Select(NameOf));

    /// <summary>What changed in a page.</summary>
    /// <param name="before">The page as it was.</param>
    /// <param name="after">The page as it is.</param>
    /// <param name="nameOf">The names of mappings.</param>
    /// <returns>One phrase a field that changed. Links of lists are no news.</returns>
    public static IEnumerable<string> Changes(Page before, Page after, Func<MappingPtr, string> nameOf)
    {
        if (before.Count != after.Count)
            yield return $"count {before.Count} → {after.Count}";
        if (before.Mapcount != after.Mapcount)
            yield return $"mapcount {before.Mapcount} → {after.Mapcount}";
        if ((before.Flags ^ after.Flags) is not PageFlags.None and PageFlags changed)
            yield return string.Join(' ', Single.Where(flag => (changed & flag) != 0).Select(flag => $"{(after.Has(flag) ? '+' : '-')}{NameOf(flag)}"));
        if (before.Mapping != after.Mapping)
            yield return $"mapping {nameOf(before.Mapping)} → {nameOf(after.Mapping)}";
        if (before.Index != after.Index)
            yield return $"index {before.Index} → {after.Index}";
        if (before.Private != after.Private)
            yield return $"private {before.Private} → {after.Private}";
        if (before.Contents != after.Contents)
            yield return $"contents {before.Contents:x} → {after.Contents:x}";
    }

    private static string NameOf(PageFlags flag) => flag.ToString().ToLowerInvariant();
}
