namespace MigrationConformance.Cli;

/// <summary>A file that is written is there whole, or as it was before.</summary>
[TestFixture]
public sealed class OutputFileSpec
{
    private string folder = null!;

    [SetUp]
    public void SetUp() => folder = Directory.CreateTempSubdirectory("out").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(folder, recursive: true);

    [Test]
    public void A_failure_leaves_the_old_file_and_nothing_else()
    {
        string path = Path.Combine(folder, "a.json");
        File.WriteAllText(path, "old");

        Assert.That(() => OutputFile.Write(path, Fail), Throws.TypeOf<UserError>());

        Assert.That(File.ReadAllText(path), Is.EqualTo("old"));
        Assert.That(Directory.GetFiles(folder), Is.EqualTo(new[] { path }));
    }

    [Test]
    public void A_success_replaces_it()
    {
        string path = Path.Combine(folder, "a.json");
        File.WriteAllText(path, "something old");

        OutputFile.Write(path, stream => stream.Write("new"u8));

        Assert.That(File.ReadAllText(path), Is.EqualTo("new"));
        Assert.That(Directory.GetFiles(folder), Is.EqualTo(new[] { path }));
    }

    [Test]
    public void A_link_stays_a_link()
    {
        string target = Path.Combine(folder, "target.json"), link = Path.Combine(folder, "link.json");
        File.CreateSymbolicLink(link, target);

        OutputFile.Write(link, stream => stream.Write("new"u8));

        Assert.That(File.ReadAllText(target), Is.EqualTo("new"));
        Assert.That(new FileInfo(link).LinkTarget, Is.EqualTo(target));
    }

    [Test]
    public void A_folder_and_a_missing_folder_are_refused_in_a_sentence()
    {
        string missing = Path.Combine(folder, "no", "a.json");

        Assert.That(() => OutputFile.Write(folder, Fail), Throws.TypeOf<UserError>().With.Message.EqualTo($"{folder} is a folder, expected a file to write"));
        Assert.That(() => OutputFile.Write(missing, Fail), Throws.TypeOf<UserError>().With.Message.EqualTo($"{missing} cannot be written: its folder does not exist"));
    }

    private static void Fail(Stream stream)
    {
        stream.Write("half"u8);
        stream.Flush();
        throw new IOException("No space left on device : 'a'");
    }
}
