using System.Text.Json.Nodes;
using Serve.Admin;
using Serve.Testing;

namespace Serve.ClusterTests;

/// <summary><c>serve run</c> and <c>serve build</c>.</summary>
public sealed class RunTests
{
    private static readonly string[] FreePorts = ["--http-port", "0", "--grpc-port", "0", "--admin-port", "0"];

    [Fact]
    public async Task Run_Project_PrintsACurlThatWorksAndStopsCleanlyOnSigterm()
    {
        await using var run = CommandProcess.Start(["run", "samples/hello", .. FreePorts]);
        await Eventually.TrueAsync(() => run.HasExited || run.Output.Contains("Ctrl-C stops everything", StringComparison.Ordinal), TimeSpan.FromMinutes(3));
        var curl = run.Output.Split('\n').Single(line => line.TrimStart().StartsWith("curl ", StringComparison.Ordinal));
        var address = curl.Split('\'')[1];
        using var http = new HttpClient();
        (await http.GetStringAsync($"{address}?name=Ada")).ShouldBe("Hello, Ada!");
        run.Output.ShouldContain("[Greeter#1-");

        var worker = await WorkerOf(run);
        await run.StopAsync();
        run.ExitCode.ShouldBe(0);
        TestServer.IsAlive(worker).ShouldBeFalse();
    }

    [Fact]
    public async Task Run_DllWithJson_PrintsItsAddressesAsOneLine()
    {
        await using var run = CommandProcess.Start(["run", TestProgram.Dll, "--json", "--name", "app", "--route-prefix", "/x", .. FreePorts]);
        await Eventually.TrueAsync(() => run.HasExited || run.Output.Contains('{'));
        var addresses = JsonNode.Parse(run.Output)!;
        using var http = new HttpClient();
        (await http.GetStringAsync($"{addresses["http"]!.GetValue<string>()}/x/version")).ShouldBe("1");
    }

    [Fact]
    public async Task Run_OnnxFile_ServesItByItsName()
    {
        await using var run = CommandProcess.Start(["run", "samples/digits/digits.onnx", "--json", .. FreePorts]);
        await Eventually.TrueAsync(() => run.HasExited || run.Output.Contains('{'));
        using var http = new HttpClient();
        (await http.GetStringAsync($"{JsonNode.Parse(run.Output)!["http"]!.GetValue<string>()}/v2/models/digits")).ShouldContain("\"pixels\"");
    }

    [Fact]
    public async Task Build_Models_WritesTheDocumentOfTheModelServer()
    {
        var document = (await CommandProcess.RunAsync("build", "samples/onnx/edges")).Output;
        document.ShouldContain("import_path: \"builtin:model-server\"");
        document.ShouldContain("model_repository: ");
        document.ShouldContain("name: ModelServer");
    }

    [Fact]
    public async Task Run_ProgramThatFails_SaysWhyAndEnds()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("bad.yaml"), TestProgram.Document(TestProgram.Application("    args: {Constructor: throw}")));
        var result = await CommandProcess.RunAsync(["run", folder.File("bad.yaml"), .. FreePorts]);
        result.ExitCode.ShouldBe(1);
        result.Error.ShouldContain("the model file is missing");
    }

    [Fact]
    public async Task Run_ProjectThatDoesNotCompile_ShowsTheCompilersWords()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("broken.csproj"), """<Project Sdk="Microsoft.NET.Sdk.Web"><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup></Project>""");
        await File.WriteAllTextAsync(folder.File("Program.cs"), "this is not C#");
        var result = await CommandProcess.RunAsync(["run", folder.Path, .. FreePorts]);
        result.ExitCode.ShouldBe(1);
        result.Error.ShouldContain("failed with exit code 1");
        result.Error.ShouldContain("Program.cs(1,");
    }

    [Fact]
    public async Task Build_Program_WritesADocumentThatDeploys()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("built.yaml");
        (await CommandProcess.RunAsync("build", TestProgram.Dll, "-o", file, "--name", "built")).ExitCode.ShouldBe(0);
        var document = await File.ReadAllTextAsync(file);
        document.ShouldContain("name: Echo");
        document.ShouldContain("max_ongoing_requests: 20");
        await using var server = await ServeProcess.StartAsync(folder.Path);
        (await server.CliAsync("deploy", file, "--wait")).ExitCode.ShouldBe(0);
        (await server.Http.GetStringAsync("/version")).ShouldBe("1");
    }

    private static async Task<int> WorkerOf(CommandProcess run)
    {
        var admin = run.Output.Split("admin API ")[1].Split(',')[0];
        using var client = new AdminClient(new Uri(admin));
        return (await client.GetAsync(CancellationToken.None)).Applications["default"].Deployments["Greeter"].Replicas[0].Pid!.Value;
    }
}
