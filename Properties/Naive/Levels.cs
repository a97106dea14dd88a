namespace MigrationConformance.Properties.Naive;

/// <summary>The patch levels in their order; each contains those before it.</summary>
internal enum Level
{
    Before,
    SwapCacheCheck,
    V9,
    RemoveFromSwap,
    PolicyLayer,
    MigratepageMethod,
    NewPageOrder,
    ChunkedAllocation,
    MlockedFails,
    EntriesRestored,
    SwapPageIgnoresReferences,
    SwapRequired,
    FaultStartsAgain,
    UnmappedBeforeWritten,
}

internal static class Levels
{
    /// <summary>The level of a scenario's word.</summary>
    /// <exception cref="NotSupportedException">It is none of those that are implemented here.</exception>
    public static Level Of(string word)
    {
        foreach (Level level in Enum.GetValues<Level>())
        {
            if (Word(level) == word)
            {
                return level;
            }
        }

        throw new NotSupportedException($"the naive implementation knows no patch level \"{word}\"");
    }

    public static string Word(Level level) => Rendering.Camel($"{level}");
}
