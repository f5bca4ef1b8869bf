using Serve;
using Serve.TestProgram;
using Serve.TestProgram.Behaviour;

// What a broken program does instead of describing itself, or before it.
switch (Environment.GetEnvironmentVariable("TEST_MODE"))
{
    case "exit":
        Console.Error.WriteLine("the program gives up");
        return 3;
    case "garbage":
        Console.WriteLine("{\"serve_program\":this is not JSON");
        return 0;
    case "silent":
        return 0;
    case "noise":
        Console.WriteLine("loading\n{\"some\":\"json\"}\nmore noise");
        break;
}

var builder = WebApplication.CreateBuilder(args);
builder.AddServe(DeploymentsOfTests.Choose).BindArgs<TestArgs>();
builder.Services.AddSingleton<Journal>();
if (Environment.GetEnvironmentVariable("TEST_MODE") == "lifespan")
    builder.Services.AddHostedService<BrokenService>();
// Where the program serves by itself, its own server is what bounds a request's body.
builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Limits.MaxRequestBodySize = null);

var app = builder.Build();
app.UseWebSockets();
app.MapServe();
app.Run();
return 0;
