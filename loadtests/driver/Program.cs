// The client's side of the load tests. Prints one JSON object; what it does meanwhile goes to standard error.
//   driver steady <url>      p99 at half of the peak load, open loop      --connections 64 --seconds 10
//   driver overload <url>    three times what the server can do           --slots 20 --factor 3 --seconds 60 --priorities true --pids 1,2
//   driver idle <url>        kept-alive connections, and a trickle        --connections 10000 --seconds 15 --rate 200 --pids 1,2
//   driver sockets <url>     WebSockets that echo, all at once            --connections 2000 --seconds 10 --pids 1,2
//   driver cancel <url>      closes the socket of a request three hops deep   --runs 100
//   driver hostile <url>     broken and malicious HTTP beside good requests   --seconds 20 --pids 1,2
//   driver shape <url>       a shape of load against an autoscaled deployment --shape step --min 1 --admin http://127.0.0.1:8265 --application shapes
//   driver step <url>        from 1 to 20 requests at the same time           --callers 20 --seconds 15 --admin http://127.0.0.1:8265 --application step
//   driver coldstart <url>   requests for a deployment without a replica      --runs 5 --crowd 1000 --standby 0 --body file --admin http://127.0.0.1:8265 --application digits
using System.Text.Json;
using Load;
using Load.Tests;

if (args is not [var verb, var url, .. var rest] || !Uri.TryCreate(url, UriKind.Absolute, out var address))
{
    Console.Error.WriteLine("driver <steady|overload|idle|sockets|cancel|hostile|shape|step|coldstart> <url> [--option value]...");
    return 2;
}

var options = new DriverOptions(address, rest);
var result = verb switch
{
    "steady" => await SteadyTest.RunAsync(options),
    "overload" => await OverloadTest.RunAsync(options),
    "idle" => await IdleTest.RunAsync(options),
    "sockets" => await SocketsTest.RunAsync(options),
    "cancel" => await CancelTest.RunAsync(options),
    "hostile" => await HostileTest.RunAsync(options),
    "shape" => await ShapeTest.RunAsync(options),
    "step" => await StepTest.RunAsync(options),
    "coldstart" => await ColdStartTest.RunAsync(options),
    _ => null,
};
if (result is null)
{
    Console.Error.WriteLine($"driver has no test '{verb}'.");
    return 2;
}

Console.WriteLine(JsonSerializer.Serialize(result, DriverOptions.Json));
return 0;
