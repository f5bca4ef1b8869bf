using System.Xml.Linq;
using Serve.Testing;

namespace Serve.Tests.Architecture;

/// <summary>Which project may reference which. A new project gets a row here and in <c>src/docs/architecture.md</c>.</summary>
public sealed class ProjectReferenceTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Serve.Core"] = [],
        ["Serve.Telemetry"] = ["Serve.Core"],
        ["Serve"] = ["Serve.Core", "Serve.Telemetry"],
        ["Serve.OnnxRuntime"] = [],
        ["Serve.OnnxRuntime.Cuda"] = [],
        ["Serve.Onnx"] = ["Serve", "Serve.OnnxRuntime", "Serve.OnnxRuntime.Cuda"],
        ["Serve.GrpcApi"] = [],
        ["Serve.Protocols"] = ["Serve", "Serve.GrpcApi"],
        ["Serve.ModelServer"] = ["Serve", "Serve.Protocols", "Serve.Onnx"],
        ["Serve.Server"] = ["Serve.Core", "Serve.Telemetry"],
        ["Serve.Cli"] = ["Serve.Core", "Serve.Server", "Serve.Telemetry", "Serve.ModelServer"],
    };

    public static TheoryData<string> Projects => [.. Directory.EnumerateFiles(Repository.PathOf("src"), "*.csproj", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Repository.Root, path))];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_References_OnlyWhatTheTableAllows(string path)
    {
        var project = Path.GetFileNameWithoutExtension(path);
        Allowed.ShouldContainKey(project, $"{project} has no row in the table.");
        var references = XDocument.Load(Repository.PathOf(path)).Descendants("ProjectReference").Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));
        references.Except(Allowed[project], StringComparer.Ordinal).ShouldBeEmpty($"{project} must not reference these.");
    }

    [Fact]
    public void Core_References_NoPackageAndNoFramework()
    {
        var project = XDocument.Load(Repository.PathOf("src/Serve.Core/Serve.Core.csproj"));
        project.Descendants("PackageReference").ShouldBeEmpty();
        project.Descendants("FrameworkReference").ShouldBeEmpty();
    }
}
