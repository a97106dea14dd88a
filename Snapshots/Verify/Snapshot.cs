using System.Collections.Concurrent;
using System.Text;
using DiffEngine;

namespace VerifyTests;

/// <summary>One approved file, and the comparison of a text with it.</summary>
internal static class Snapshot
{
    private static readonly UTF8Encoding WithMark = new(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true);

    // Two comparisons with one prefix would overwrite each other's received file.
    private static readonly ConcurrentDictionary<string, bool> Seen = new();

    /// <summary>Compares, and leaves a received file and an exception behind when the texts differ.</summary>
    public static void Compare(string prefix, string extension, string? target, bool acceptsAll)
    {
        if (!Seen.TryAdd(prefix, true))
        {
            throw new VerifyException($"{Path.GetFileName(prefix)} is compared twice; give one of the two UseParameters or UseFileName");
        }

        Compare(prefix, extension, target, acceptsAll, isBuildServer: BuildServer.Detected);
    }

    /// <summary>As above, for any prefix and as often as needed.</summary>
    internal static void Compare(string prefix, string extension, string? target, bool acceptsAll, bool isBuildServer)
    {
        string folder = Path.GetDirectoryName(prefix)!;
        Directory.CreateDirectory(folder);
        string[] files = Directory.GetFiles(folder, $"{Path.GetFileName(prefix)}.*");
        foreach (string stale in files.Where(f => f.StartsWith($"{prefix}.received.", StringComparison.Ordinal)))
        {
            File.Delete(stale);
        }

        string received = $"{prefix}.received.{extension}", verified = $"{prefix}.verified.{extension}";
        string[] others = [.. files.Where(f => f.StartsWith($"{prefix}.verified.", StringComparison.Ordinal) && f != verified)];
        string text = target switch { null => "null", "" => "emptyString", _ => target.Replace("\r\n", "\n").Replace('\r', '\n') };
        string? approved = Read(verified);
        if (approved == text && others.Length == 0)
        {
            return;
        }

        if (approved != text)
        {
            File.WriteAllText(received, text, WithMark);
        }

        if (acceptsAll && !isBuildServer)
        {
            Accept(received, verified, others);
            return;
        }

        Fail(new Mismatch(received, verified, approved, text, others), isBuildServer);
    }

    // A rename within a folder: the approved file is the old one or the new one at every moment.
    private static void Accept(string received, string verified, string[] others)
    {
        if (File.Exists(received))
        {
            File.Move(received, verified, overwrite: true);
        }

        Array.ForEach(others, File.Delete);
    }

    private static void Fail(Mismatch mismatch, bool isBuildServer)
    {
        if (mismatch.HasReceived)
        {
            TestContext.AddTestAttachment(mismatch.Received);
            if (!isBuildServer && !DiffRunner.Disabled)
            {
                DiffRunner.LaunchForText(mismatch.Received, mismatch.Verified);
            }
        }

        throw new VerifyException(mismatch.Message());
    }

    private static string? Read(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        string text = File.ReadAllText(path);
        return text.Contains('\r')
            ? throw new VerifyException($"{path}: an approved file with a carriage return; its lines must end in LF alone")
            : text;
    }
}

/// <summary>Whether nobody sits at this computer: no diff tool is opened, and nothing is accepted.</summary>
internal static class BuildServer
{
    // CI alone is not enough for DiffEngine's own detection.
    public static bool Detected => BuildServerDetector.Detected || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI"));
}

/// <summary>A text that differs from its approved file. The stack would only show this library.</summary>
public sealed class VerifyException(string message) : Exception(message)
{
    public override string StackTrace => "";
}
