namespace Serve.ClusterTests;

/// <summary>What <c>serve deploy</c> says to documents that are wrong.</summary>
public sealed class DocumentTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Deploy_ManyErrors_AllAreListedAndNothingChanges()
    {
        var before = await fixture.Server.ApplicationAsync();
        var path = fixture.Server.WriteDocument("""
            http_options:
              prot: 8000
            applications:
              - name: one
                route_prefix: no-slash
                import_path: /no/such.dll
                deployments:
                  - name: A
                    num_replicas: many
              - name: one
                import_path: /no/such.dll
                route_prefx: /x
            """);
        var result = await fixture.Server.CliAsync("deploy", path);
        result.ExitCode.ShouldBe(2);
        result.Error.ShouldContain("line 2, column 3: http_options.prot: there is no key 'prot' here; did you mean 'port'?");
        result.Error.ShouldContain("line 9, column 23: applications[0].deployments[0].num_replicas: expected a whole number or 'auto', found the text 'many'.");
        result.Error.ShouldContain("line 12, column 5: applications[1].route_prefx: there is no key 'route_prefx' here; did you mean 'route_prefix'?");
        result.Error.ShouldContain("line 6, column 18: applications[0].import_path: there is no program at '/no/such.dll'.");
        (await fixture.Server.ApplicationAsync())!.Revision.ShouldBe(before!.Revision);
    }

    [Theory]
    [InlineData("route_prefix: no-slash", "must start with '/'")]
    [InlineData("route_prefix: /a/", "must not end with '/'; write '/a'")]
    [InlineData("route_prefix: /-/x", "reserved")]
    [InlineData("name: a#b", "contains '#'")]
    [InlineData("deployments: [{name: A}, {name: A}]", "has options twice")]
    [InlineData("deployments: [{name: A, max_queued_requests: 0}]", "0 is not allowed")]
    [InlineData("deployments: [{name: A, ray_actor_options: {num_gpus: 1.5}}]", "neither a fraction of one GPU nor a whole number")]
    public async Task Deploy_WrongValue_IsExplained(string key, string explanation)
    {
        var result = await fixture.Server.CliAsync("deploy", fixture.Server.WriteDocument($"applications:\n  - import_path: {TestProgram.Dll}\n    {key}\n"));
        result.ExitCode.ShouldBe(2);
        result.Error.ShouldContain("line 3");
        result.Error.ShouldContain(explanation);
    }

    [Fact]
    public async Task Deploy_TwoApplicationsWithOnePrefix_IsRefused()
    {
        var result = await fixture.Server.CliAsync("deploy", fixture.Server.WriteDocument(
            TestProgram.Document(TestProgram.Application(name: "a", prefix: "/same"), TestProgram.Application(name: "b", prefix: "/same"))));
        result.ExitCode.ShouldBe(2);
        result.Error.ShouldContain("the prefix '/same' is taken by applications[0]");
    }

    [Fact]
    public async Task Deploy_FileIsNoYaml_SaysWhere()
    {
        var result = await fixture.Server.CliAsync("deploy", fixture.Server.WriteDocument("applications: [\n  - x"));
        result.ExitCode.ShouldBe(2);
        result.Error.ShouldContain("is no YAML document");
        result.Error.ShouldContain("line 2");
    }
}
