namespace MigrationConformance.Core;

/// <summary>The error numbers that the modelled functions return, as positive numbers; they are returned negated.</summary>
/// <remarks>Kernel: include/asm-generic/errno-base.h.</remarks>
public static class Errno
{
    /// <summary>Operation not permitted.</summary>
    public const int EPERM = 1;

    /// <summary>No such entry.</summary>
    public const int ENOENT = 2;

    /// <summary>No such process.</summary>
    public const int ESRCH = 3;

    /// <summary>I/O error.</summary>
    public const int EIO = 5;

    /// <summary>Try again.</summary>
    public const int EAGAIN = 11;

    /// <summary>Out of memory.</summary>
    public const int ENOMEM = 12;

    /// <summary>Bad address.</summary>
    public const int EFAULT = 14;

    /// <summary>No such device.</summary>
    public const int ENODEV = 19;

    /// <summary>Invalid argument.</summary>
    public const int EINVAL = 22;

    /// <summary>No space left on the device.</summary>
    public const int ENOSPC = 28;

    /// <summary>Exists already.</summary>
    public const int EEXIST = 17;

    /// <summary>The name of an error number.</summary>
    /// <param name="errno">A positive number.</param>
    /// <returns>As the headers spell it; the number itself for one that is not modelled.</returns>
    public static string Name(int errno) => errno switch
    {
        EPERM => nameof(EPERM),
        ENOENT => nameof(ENOENT),
        ESRCH => nameof(ESRCH),
        EIO => nameof(EIO),
        EAGAIN => nameof(EAGAIN),
        ENOMEM => nameof(ENOMEM),
        EFAULT => nameof(EFAULT),
        EEXIST => nameof(EEXIST),
        ENODEV => nameof(ENODEV),
        EINVAL => nameof(EINVAL),
        ENOSPC => nameof(ENOSPC),
        _ => $"{errno}",
    };
}
