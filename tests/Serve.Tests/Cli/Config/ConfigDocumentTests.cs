using Serve.Cli;
using Serve.Cli.Config;
using Serve.Testing;

namespace Serve.Tests.Cli.Config;

public sealed class ConfigDocumentTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a.yaml", true)]
    [InlineData("a.YML", true)]
    [InlineData("/x/a.json", true)]
    [InlineData("a.dll", false)]
    [InlineData("yaml", false)]
    public void IsDocument_Path_GoesByItsEnding(string path, bool expected) => ConfigDocument.IsDocument(path).ShouldBe(expected);

    [Fact]
    public void Read_RelativePrograms_AreTakenFromTheDocumentsFolder()
    {
        Directory.CreateDirectory(_folder.File("sub"));
        File.WriteAllText(_folder.File("sub/p.dll"), "");
        Directory.CreateDirectory(_folder.File("project"));
        File.WriteAllText(_folder.File("absolute.dll"), "");
        var document = Write("sub/serve.yaml", $$"""
            applications:
              - {name: a, route_prefix: /a, import_path: p.dll}
              - {name: b, route_prefix: /b, import_path: ../project}
              - {name: c, route_prefix: /c, import_path: '{{_folder.File("absolute.dll")}}'}
            """);
        ConfigDocument.Read(document, static _ => { }).Applications.Select(application => application.ImportPath)
            .ShouldBe([_folder.File("sub/p.dll"), _folder.File("project"), _folder.File("absolute.dll")]);
    }

    [Fact]
    public void Read_MissingProgramsAndOtherErrors_AreListedInReadingOrder()
    {
        var document = Write("serve.yaml", """
            applications:
              - name: a#b
                import_path: missing.dll
              - name: b
                route_prefix: /b
                import_path: builtin:unknown
                nmae: x
            """);
        var error = Should.Throw<CommandException>(() => ConfigDocument.Read(document, static _ => { }));
        error.ExitCode.ShouldBe(ExitCode.Usage);
        error.Message.ShouldBe($"{document} has 4 errors; nothing was changed.");
        error.Details.ShouldBe(
        [
            "line 2, column 11: applications[0].name: the name 'a#b' contains '#', which separates application and deployment.",
            $"line 3, column 18: applications[0].import_path: there is no program at '{_folder.File("missing.dll")}'.",
            "line 6, column 18: applications[1].import_path: the program 'builtin:unknown' does not come with this version; there is builtin:model-server.",
            "line 7, column 5: applications[1].nmae: there is no key 'nmae' here; did you mean 'name'?",
        ]);
    }

    [Fact]
    public void Read_JsonDocument_IsReadLikeYaml()
    {
        File.WriteAllText(_folder.File("p.dll"), "");
        ConfigDocument.Read(Write("serve.json", """{"applications": [{"import_path": "p.dll"}]}"""), static _ => { }).Applications[0].ImportPath.ShouldBe(_folder.File("p.dll"));
    }

    [Fact]
    public void Read_NoSuchFile_IsSaid() =>
        Should.Throw<CommandException>(() => ConfigDocument.Read("/no/such.yaml", static _ => { })).Message.ShouldBe("There is no document '/no/such.yaml'.");

    [Fact]
    public void OfProgram_Path_IsADocumentOfOneApplication()
    {
        var application = ConfigDocument.OfProgram(_folder.Path, "app", routePrefix: null).Applications.ShouldHaveSingleItem();
        (application.Name, application.RoutePrefix, application.ImportPath).ShouldBe(("app", null, _folder.Path));
    }

    [Fact]
    public void OfProgram_WrongOptions_AreSaid() =>
        Should.Throw<CommandException>(() => ConfigDocument.OfProgram(_folder.Path, "a#b", "nope")).Details.ShouldBe(
        [
            "applications[0].name: the name 'a#b' contains '#', which separates application and deployment.",
            "applications[0].route_prefix: the prefix 'nope' must start with '/'.",
        ]);

    [Fact]
    public void OfProgram_NoSuchProgram_IsSaid() =>
        Should.Throw<CommandException>(() => ConfigDocument.OfProgram("/no/such", "a", "/")).Message.ShouldBe("There is no document, project, program or model '/no/such'.");

    private string Write(string name, string text)
    {
        var path = _folder.File(name);
        File.WriteAllText(path, text);
        return path;
    }
}
