using MigrationConformance.Core;

namespace MigrationConformance.Cli;

/// <summary>Each name of the engine has words of its own.</summary>
[TestFixture]
public sealed class WordsSpec
{
    [Test]
    public void Every_reason_has_words_that_no_other_has()
    {
        BackOutReason[] reasons = Enum.GetValues<BackOutReason>();
        string[] words = [.. reasons.Select(Words.Of)];

        Assert.That(words, Is.Unique);
        Assert.That(words.Where((word, i) => word == $"{reasons[i]}"), Is.Empty);
        Assert.That(words, Has.None.EndWith("."));
    }

    [Test]
    public void Every_step_has_words_that_no_other_has()
    {
        MigrationStep[] steps = Enum.GetValues<MigrationStep>();
        string[] words = [.. steps.Select(Words.Of)];

        Assert.That(words, Is.Unique);
        Assert.That(words.Where((word, i) => word[3..] == $"{steps[i]}"), Is.Empty);
    }

    [Test]
    public void Every_fate_has_words_that_no_other_has()
    {
        string[] words = [.. Enum.GetValues<PageFate>().Select(Words.Of)];

        Assert.That(words, Is.Unique);
    }

    [Test]
    public void Everything_that_is_waited_for_has_words_that_nothing_else_has()
    {
        string[] words = [.. Enum.GetValues<WaitKind>().Select(kind => Words.Of(kind, 1))];

        Assert.That(words, Is.Unique);
    }
}
