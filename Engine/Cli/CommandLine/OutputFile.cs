using System;
using System.IO;
using System.Runtime.InteropServices;

namespace MigrationConformance.Cli;

/// <summary>A file that appears whole or not at all.</summary>
internal static class OutputFile
{
    // The kernel follows as many links before it gives up.
    private const int MostLinks = 40;

    /// <summary>Writes a file: into a new one beside it, which then takes its name.</summary>
    /// <param name="path">Where; what stands there is replaced. A device or a pipe is written directly.</param>
    /// <param name="write">Writes the contents.</param>
    /// <exception cref="UserError">It cannot be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        try
        {
            if (Directory.Exists(path))
                throw new UserError($"{path} is a folder, expected a file to write");
            using FileStream? special = OpenSpecial(path);
            if (special is null)
                WriteBeside(path, write);
            else
                write(special);
        }
        catch (Exception e) when (e is IOException and not BrokenPipe or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new UserError($"{path} cannot be written: {Reason(e)}");
        }
    }

    private static void WriteBeside(string path, Action<Stream> write)
    {
        // A symbolic link stays one: the file that it leads to is replaced.
        string full = FollowLinks(path);
        string temporary = Path.Combine(Path.GetDirectoryName(full) ?? ".", $".{Path.GetFileName(full)}.{Environment.ProcessId}.part");
        using PosixSignalRegistration interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => File.Delete(temporary));
        using PosixSignalRegistration ended = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => File.Delete(temporary));
        try
        {
            using (FileStream file = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
                write(file);
            File.Move(temporary, full, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    // A device or a pipe cannot be replaced. It is opened only once: a reader of a pipe would see its end.
    private static FileStream? OpenSpecial(string path)
    {
        bool device = path.StartsWith("/dev/", StringComparison.Ordinal) || path.StartsWith("/proc/", StringComparison.Ordinal);
        if (!device && !File.Exists(FollowLinks(path)))
            return null;
        FileStream file = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        if (device || !file.CanSeek)
            return file;
        file.Dispose();
        return null;
    }

    // File.ResolveLinkTarget does not follow a link to a file that is yet to be made.
    private static string FollowLinks(string path)
    {
        string full = Path.GetFullPath(path);
        for (int link = 0; link < MostLinks && new FileInfo(full).LinkTarget is { } target; link++)
            full = Path.GetFullPath(target, Path.GetDirectoryName(full)!);
        return full;
    }

    private static string Reason(Exception e) => e switch
    {
        DirectoryNotFoundException => "its folder does not exist",
        UnauthorizedAccessException => "permission denied",
        // The framework appends the path, which stands in the sentence already.
        _ => e.Message.Split(" : '")[0].TrimEnd('.'),
    };
}
