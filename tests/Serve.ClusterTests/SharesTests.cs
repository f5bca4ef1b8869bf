using Serve.Testing;

namespace Serve.ClusterTests;

/// <summary>What a replica reserves, seen from inside its process; and the options of the server about it.</summary>
public sealed class SharesTests
{
    [Fact]
    public async Task Worker_HasReservedShares_SeesThemInItsEnvironment()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServeProcess.StartAsync(folder.Path, "--num-cpus", "8", "--num-gpus", "2", "--memory", "8e9", "--resources", "tpu=2", "--labels", "zone=a,rack=7");
        await server.DeployAsync(TestProgram.Document(TestProgram.Application("""
                deployments:
                  - name: Front
                    ray_actor_options: {num_cpus: 1.5, num_gpus: 1, memory: 1073741824, resources: {tpu: 0.5}, label_selector: {zone: "in(a,b)", rack: "!8"}}
                  - name: Echo
                    ray_actor_options: {num_cpus: 0}
            """)));
        (await EnvAsync(server, "CUDA_VISIBLE_DEVICES")).ShouldBe("0");
        (await EnvAsync(server, "SERVE_CPUS")).ShouldBe("1.5");
        (await EnvAsync(server, "DOTNET_PROCESSOR_COUNT")).ShouldBe(Math.Min(2, Environment.ProcessorCount).ToString());
        (await EnvAsync(server, "DOTNET_GCHeapHardLimit")).ShouldBe("30000000");

        await server.DeployAsync(TestProgram.Document(TestProgram.Application("""
                deployments:
                  - name: Front
                    ray_actor_options: {num_cpus: 0}
            """)));
        (await EnvAsync(server, "CUDA_VISIBLE_DEVICES")).ShouldBe("");
        (await EnvAsync(server, "SERVE_CPUS")).ShouldBe("unset");
        (await EnvAsync(server, "DOTNET_GCHeapHardLimit")).ShouldBe("unset");
    }

    [Fact]
    public async Task Deploy_NodeLacksWhatIsAsked_StatusSaysWhat()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServeProcess.StartAsync(folder.Path, "--num-cpus", "1");
        var path = server.WriteDocument(TestProgram.Document(TestProgram.Application("    deployments: [{name: Front, ray_actor_options: {num_cpus: 2}}]")));
        (await server.CliAsync("deploy", path)).ExitCode.ShouldBe(0);
        await Eventually.TrueAsync(async () => (await server.ApplicationAsync())?.Message.Contains("of 1 CPUs free. No node is large enough", StringComparison.Ordinal) == true);
    }

    [Theory]
    [InlineData("--compaction-period 5", "--compaction-period needs --placement Pack")]
    [InlineData("--resources tpu", "'tpu' is no pair; write name=value")]
    [InlineData("--resources CPU=1", "use --num-cpus, --num-gpus or --memory")]
    [InlineData("--resources tpu=many", "'many' is no amount of 'tpu'")]
    [InlineData("--labels zone=-a", "'-a' is no value of a label")]
    [InlineData("--labels zone=a,zone=b", "'zone' stands there twice")]
    [InlineData("--num-cpus -1", "--num-cpus must be between 0 and 1000000")]
    [InlineData("--cgroup /tmp", "'/tmp' is no cgroup of version 2")]
    public async Task Start_WrongOption_SaysWhatToWrite(string options, string error)
    {
        using var folder = new TemporaryFolder();
        var result = await CommandProcess.RunAsync(["start", "--data-dir", folder.Path, "--admin-port", "0", "--http-port", "0", "--grpc-port", "0", .. options.Split(' ')]);
        result.ExitCode.ShouldNotBe(0);
        result.Error.ShouldContain(error);
    }

    private static Task<string> EnvAsync(ServeProcess server, string name) => server.Http.GetStringAsync($"/env?name={name}");
}
