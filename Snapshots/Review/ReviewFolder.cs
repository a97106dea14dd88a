using MigrationConformance.Cli.Review;

namespace MigrationConformance.Snapshots.Review;

/// <summary>A folder of pending snapshots that a test fills and that goes with it.</summary>
internal sealed class ReviewFolder : IDisposable
{
    public ReviewFolder() => Path = Directory.CreateTempSubdirectory("review-").FullName;

    public string Path { get; }

    public IReadOnlyList<PendingSnapshot> Pending => PendingSnapshot.Find(Path);

    public ReviewFolder With(string name, string? approved, string received, string extension = "txt")
    {
        if (approved is not null)
        {
            File.WriteAllText(Verified(name, extension), approved);
        }

        File.WriteAllText(Received(name, extension), received);
        return this;
    }

    public string Verified(string name, string extension = "txt") => System.IO.Path.Combine(Path, $"{name}.verified.{extension}");

    public string Received(string name, string extension = "txt") => System.IO.Path.Combine(Path, $"{name}.received.{extension}");

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
