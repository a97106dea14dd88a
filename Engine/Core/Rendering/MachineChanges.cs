using System.Text;

namespace MigrationConformance.Core;

/// <summary>What has changed in a whole machine since a moment, in words: <c>page 0 count 3->2 -dirty, slot 4 gone</c>.</summary>
/// <param name="view">The machine.</param>
/// <remarks>Both machines are rendered, so this is for machines of some dozens of pages.</remarks>
public sealed class MachineChanges(MachineView view)
{
    private List<OutlineLine> before = [];

    /// <summary>The moment is now.</summary>
    public void Remember() => before = Outline.Parse(MachineText.Of(view));

    /// <summary>What has changed since.</summary>
    /// <param name="tasks">Whether to tell where tasks stand too.</param>
    /// <returns>All changes of one subject together, subjects in the order of the rendering; "" when nothing has.</returns>
    public string Since(bool tasks = true)
    {
        var text = new StringBuilder();
        string? last = null;
        foreach (OutlineChange change in OutlineDiff.Between(before, Outline.Parse(MachineText.Of(view))))
        {
            string path = change.Line.Path, words = change.InWords();
            if (words.Length == 0 || (!tasks && path.StartsWith("task ", StringComparison.Ordinal)))
                continue;
            text.Append(path == last ? " " : (text.Length == 0 ? "" : ", ") + path + " ").Append(words);
            last = path;
        }
        return text.ToString();
    }
}
