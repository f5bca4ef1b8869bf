using System.Runtime.InteropServices;

namespace Serve.Server.Node;

/// <summary>The <c>dotnet</c> that runs this process: programs start and build with the same one.</summary>
internal static class DotnetHost
{
    /// <summary>Its path. The runtime lies in <c>[root]/shared/Microsoft.NETCore.App/[version]/</c>.</summary>
    public static string Path { get; } = Find();

    private static string Find()
    {
        var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        var root = new DirectoryInfo(RuntimeEnvironment.GetRuntimeDirectory()).Parent?.Parent?.Parent;
        var beside = root is null ? "" : System.IO.Path.Combine(root.FullName, name);
        return File.Exists(beside) ? beside : name;
    }
}
