using System.IO.Compression;
using Serve.Status;
using Serve.Testing;

namespace Serve.ClusterTests;

/// <summary><c>runtime_env.working_dir</c> and <c>logging_config</c>: what a worker finds and how it writes.</summary>
public sealed class WorkingDirTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task WorkingDir_Folder_IsWhereTheProgramRunsAndItsChangeIsANewVersion()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("greeting.txt"), "hello");
        var document = TestProgram.Document(TestProgram.Application($"    runtime_env: {{working_dir: {folder.Path}}}"));
        await fixture.Server.DeployAsync(document);
        (await fixture.Server.Http.GetStringAsync("/file?path=greeting.txt")).ShouldBe("hello");
        var before = await fixture.Server.ProcessesOfAsync("Front");
        await fixture.Server.DeployAsync(document);
        (await fixture.Server.ProcessesOfAsync("Front")).ShouldBe(before, "nothing has changed");

        await File.WriteAllTextAsync(folder.File("greeting.txt"), "good morning");
        await fixture.Server.DeployAsync(document);
        (await fixture.Server.ProcessesOfAsync("Front")).ShouldNotBe(before);
    }

    [Fact]
    public async Task WorkingDir_ZipWithTheProgram_RunsItByARelativePath()
    {
        var zip = Path.Combine(fixture.Server.DataFolder, "program.zip");
        File.Delete(zip);
        await ZipFile.CreateFromDirectoryAsync(Path.GetDirectoryName(TestProgram.Dll)!, zip, CompressionLevel.Fastest, includeBaseDirectory: true);
        await fixture.Server.DeployAsync("""
            applications:
              - import_path: Serve.TestProgram.dll
                runtime_env: {working_dir: program.zip}
            """);
        (await fixture.Server.Http.GetStringAsync("/version")).ShouldBe("1");
        (await fixture.Server.Http.GetStringAsync("/file?path=Serve.TestProgram.runtimeconfig.json")).ShouldContain("net10.0");
    }

    [Fact]
    public async Task WorkingDir_ZipThatIsBroken_FailsTheDeploy()
    {
        var zip = Path.Combine(fixture.Server.DataFolder, "broken.zip");
        await File.WriteAllTextAsync(zip, "this is no zip");
        await fixture.Server.CliAsync("deploy", fixture.Server.WriteDocument(TestProgram.Document(TestProgram.Application($"    runtime_env: {{working_dir: {zip}}}"))));
        (await fixture.Server.WaitForAsync(ApplicationStatus.DEPLOY_FAILED)).Message.ShouldContain($"The working_dir '{zip}' can't be unpacked");
    }

    [Fact]
    public async Task WorkingDir_ThatIsNotThere_IsRefusedByTheClient()
    {
        var result = await fixture.Server.CliAsync("deploy", fixture.Server.WriteDocument(TestProgram.Document(TestProgram.Application("    runtime_env: {working_dir: /no/such}"))));
        result.ExitCode.ShouldBe(2);
        result.Error.ShouldContain("applications[0].runtime_env.working_dir: there is no folder and no .zip at '/no/such'");
    }

    [Fact]
    public async Task LoggingConfig_ChangedWhileItRuns_IsTakenUpInPlace()
    {
        await fixture.Server.DeployAsync(TestProgram.Document(TestProgram.Application()));
        var before = await fixture.Server.ProcessesOfAsync("Front");
        await fixture.Server.Http.GetStringAsync("/version");

        await fixture.Server.DeployAsync("logging_config: {encoding: JSON, enable_access_log: true}\n" + TestProgram.Document(TestProgram.Application()));
        (await fixture.Server.ProcessesOfAsync("Front")).ShouldBe(before);
        await fixture.Server.Http.GetStringAsync("/echo?text=x");
        await Eventually.TrueAsync(async () =>
        {
            var logs = (await fixture.Server.CliAsync("logs", "default")).Output;
            return logs.Contains("\"message\":\"GET /echo 200 ", StringComparison.Ordinal) && logs.Contains("\"message\":\"CALL IEcho.EchoAsync OK ", StringComparison.Ordinal)
                && logs.Contains("\"deployment\":\"Front\"", StringComparison.Ordinal) && !logs.Contains("GET /version", StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Deploy_KeysThatArePythons_AreAcceptedWithWarnings()
    {
        var result = await fixture.Server.CliAsync("deploy", "--wait", fixture.Server.WriteDocument(TestProgram.Document(
            TestProgram.Application("    runtime_env: {pip: [torch]}\n    deployments: [{name: Echo, num_replicas: 2}]"))));
        result.ExitCode.ShouldBe(0);
        result.Error.ShouldContain("the key 'pip' is ignored");
        (await fixture.Server.ProcessesOfAsync("Echo")).Count.ShouldBe(2);
    }
}
