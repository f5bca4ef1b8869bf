using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Serve.Server.Store.Records;

namespace Serve.Server.Node;

/// <summary>What an <c>import_path</c> leads to: a project to build, or a program to start as it is.</summary>
/// <param name="Project">The project file, or null.</param>
/// <param name="Command">How to start the program, or null.</param>
internal sealed record ProgramSource(string? Project, ProgramCommand? Command)
{
    private const int MaxFiles = 20_000;

    /// <exception cref="ProgramException">It leads to nothing that can be started; the message says what was found.</exception>
    public static ProgramSource Find(string importPath)
    {
        if (BuiltinPrograms.IsOne(importPath))
            importPath = BuiltinPrograms.Find(importPath);
        if (!Path.IsPathFullyQualified(importPath))
            throw new ProgramException($"The import path '{importPath}' is not absolute; the client resolves it against the document's folder.", hasOutput: false);
        if (Directory.Exists(importPath))
            return new ProgramSource(FindProject(importPath), Command: null);
        if (!File.Exists(importPath))
            throw new ProgramException($"There is nothing at '{importPath}'.", hasOutput: false);
        return Path.GetExtension(importPath).ToLowerInvariant() switch
        {
            ".csproj" or ".fsproj" or ".vbproj" => new ProgramSource(importPath, Command: null),
            ".dll" => new ProgramSource(Project: null, DllCommand(importPath, StampOf(Path.GetDirectoryName(importPath)!))),
            _ when IsExecutable(importPath) => new ProgramSource(Project: null, new ProgramCommand(importPath, [], Path.GetDirectoryName(importPath)!, StampOf(Path.GetDirectoryName(importPath)!))),
            _ => throw new ProgramException($"'{importPath}' is neither a project, nor a .dll, nor an executable.", hasOutput: false),
        };
    }

    /// <exception cref="ProgramException">The .dll is no program.</exception>
    public static ProgramCommand DllCommand(string path, string version) => File.Exists(Path.ChangeExtension(path, ".runtimeconfig.json"))
        ? new ProgramCommand(DotnetHost.Path, [path], Path.GetDirectoryName(path)!, version)
        : throw new ProgramException($"'{path}' is a library: there is no {Path.GetFileNameWithoutExtension(path)}.runtimeconfig.json beside it. Publish the program and give its .dll.", hasOutput: false);

    private static string FindProject(string folder) => Directory.GetFiles(folder, "*.*proj").OrderBy(path => path, StringComparer.Ordinal).ToArray() switch
    {
        [var only] => only,
        [] => throw new ProgramException($"The folder '{folder}' has no project; give a folder with one, a project file, a .dll or an executable.", hasOutput: false),
        var several => throw new ProgramException($"The folder '{folder}' has several projects ({string.Join(", ", several.Select(Path.GetFileName))}); name one.", hasOutput: false),
    };

    private static bool IsExecutable(string path) => OperatingSystem.IsWindows()
        ? Path.GetExtension(path).Equals(".exe", StringComparison.OrdinalIgnoreCase)
        : (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != UnixFileMode.None;

    /// <summary>Names the state of a folder by the names, sizes and times of its files: their contents may be gigabytes of models.</summary>
    public static string StampOf(string folder)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Take(MaxFiles).OrderBy(file => file.FullName, StringComparer.Ordinal))
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{file.FullName}|{file.Length}|{file.LastWriteTimeUtc.Ticks}\n")));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
