using System.Text;

namespace MigrationConformance.Core;

/// <summary>The words of the scenario format: member names and values, in the order of the enumerations they stand for.</summary>
internal static class Names
{
    /// <summary>Values of <see cref="PagePlace"/>.</summary>
    public static readonly byte[][] Places = Words("isolated lru new lruAdd lruAddActive none free");

    /// <summary>The text of one word.</summary>
    /// <param name="words">A table.</param>
    /// <param name="number">The position in it.</param>
    /// <returns>The word.</returns>
    public static string Of(byte[][] words, int number) => Encoding.UTF8.GetString(words[number]);

    private static byte[][] Words(string words) => Array.ConvertAll(words.Split(' '), Encoding.UTF8.GetBytes);
}
