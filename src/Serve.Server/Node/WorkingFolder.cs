using System.Security.Cryptography;

namespace Serve.Server.Node;

/// <summary>The folder that an application's processes run in, where its <c>working_dir</c> says so.</summary>
/// <param name="Home">The folder.</param>
/// <param name="Version">Changes when its contents change.</param>
/// <param name="IsKept">Whether the node keeps it; otherwise it is the user's, and may change.</param>
internal sealed record WorkingFolder(string Home, string Version, bool IsKept)
{
    /// <param name="path">A folder, which is used where it lies, or a .zip, which is unpacked into the node's programs.</param>
    /// <param name="programs">The node's programs.</param>
    /// <exception cref="ProgramException">It can't be used; the message says why.</exception>
    public static WorkingFolder Prepare(string path, ProgramFolder programs)
    {
        if (!Path.IsPathFullyQualified(path))
            throw new ProgramException($"The working_dir '{path}' is not absolute; the client resolves it against the document's folder.", hasOutput: false);
        if (Directory.Exists(path))
            return new WorkingFolder(path, ProgramSource.StampOf(path), IsKept: false);
        if (!File.Exists(path))
            throw new ProgramException($"There is no working_dir at '{path}'; it must be a folder or a .zip on the server.", hasOutput: false);
        return Path.GetExtension(path).Equals(".zip", StringComparison.OrdinalIgnoreCase)
            ? Unpack(path, programs)
            : throw new ProgramException($"The working_dir '{path}' is neither a folder nor a .zip.", hasOutput: false);
    }

    /// <summary>An import path below the folder, or one that is absolute already, or a program that comes with Serve.</summary>
    /// <exception cref="ProgramException">It leads out of the folder.</exception>
    public string Resolve(string importPath)
    {
        if (Path.IsPathFullyQualified(importPath) || BuiltinPrograms.IsOne(importPath))
            return importPath;
        var full = Path.GetFullPath(importPath, Home);
        return full == Home || full.StartsWith(Path.TrimEndingDirectorySeparator(Home) + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? full
            : throw new ProgramException($"The import path '{importPath}' leads out of the working_dir; give an absolute path for a program elsewhere.", hasOutput: false);
    }

    private static WorkingFolder Unpack(string zip, ProgramFolder programs)
    {
        var target = programs.NewFolder();
        try
        {
            using var file = File.OpenRead(zip);
            var version = Convert.ToHexStringLower(SHA256.HashData(file))[..16];
            file.Position = 0;
            if (programs.Find(version) is not { } home)
            {
                ZipUnpacker.Unpack(file, zip, target);
                home = programs.TakeIn(target, version);
            }

            return new WorkingFolder(WithoutWrapper(home), version, IsKept: true);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new ProgramException($"The working_dir '{zip}' can't be unpacked: {exception.Message}", hasOutput: false);
        }
        finally
        {
            ProgramFolder.Discard(target);
        }
    }

    /// <summary>A .zip is often made of one folder; as in Ray Serve that folder is then the working directory.</summary>
    private static string WithoutWrapper(string home) =>
        Directory.GetFileSystemEntries(home) is [var only] && Directory.Exists(only) ? only : home;
}
