namespace MigrationConformance.Core;

/// <summary>The error numbers that the modelled functions return, as positive numbers; they are returned negated.</summary>
/// <remarks>Kernel: include/asm-generic/errno-base.h.</remarks>
public static class Errno
{
    /// <summary>No such entry.</summary>
    public const int ENOENT = 2;

    /// <summary>I/O error.</summary>
    public const int EIO = 5;

    /// <summary>Try again.</summary>
    public const int EAGAIN = 11;

    /// <summary>Out of memory.</summary>
    public const int ENOMEM = 12;

    /// <summary>No space left on the device.</summary>
    public const int ENOSPC = 28;

    /// <summary>Exists already.</summary>
    public const int EEXIST = 17;
}
