//! The memory that idle connections and pending receives take: idle_receives.c's heap, and what is resident of it.
//!
//! Heap is what malloc has handed out, its own overhead included; it is exact. Resident memory comes in pages, and is
//! there to show what does not come from the heap. The host's own memory is in neither.

use std::fs;

use crate::programs::{Built, Program};
use crate::{ELSEWHERE, verdict};

/// Bytes of the heap that a pending receive may take.
const TARGET: f64 = 256.0;

struct Usage {
    heap: f64,
    resident: f64,
}

pub fn print(built: &Built, connections: usize, full: bool) -> Result<(), String> {
    let words = [built.windows_program("idle_receives")?, connections.to_string().into()];
    let mut server = Program::start(built, "any", &words)?;
    let mut clients = server.clients(built, ELSEWHERE)?;
    println!("bytes of memory for each of {connections} idle connections");
    println!("{:<40} {:>10} {:>10} {:>18}", "", "heap", "resident", "target");

    clients.open("idle", 1)?;
    let mut before = usage(&mut server)?;
    proceed(&mut server)?;
    if let Some(reason) = clients.open("idle", connections + 1)? {
        println!("SKIPPED: {reason}");
        return Ok(());
    }
    let target = full.then_some(TARGET);
    for (what, target) in [("socket", None), ("port told of it", None), ("pending receive", target)] {
        let now = usage(&mut server)?;
        let each = |now: f64, before: f64| (now - before) / connections as f64;
        let heap = each(now.heap, before.heap);
        let target = target.map_or(String::from("none"), |target| verdict(heap, &[target]));
        println!("{what:<40} {heap:>10.1} {:>10.1} {target:>18}", each(now.resident, before.resident));
        before = now;
        if what != "pending receive" {
            proceed(&mut server)?;
        }
    }
    // With their clients the connections end, and with these the receives.
    drop(clients);
    proceed(&mut server)?;
    let after = usage(&mut server)?;
    let freed = (before.heap - after.heap) / connections as f64;
    println!("{:<40} {:>10.1}", "freed when the receives have ended", freed);
    Ok(())
}

fn usage(server: &mut Program) -> Result<Usage, String> {
    let line = server.line()?;
    let heap = line.strip_prefix("HEAP ").and_then(|heap| heap.parse().ok());
    let heap = heap.ok_or_else(|| format!("idle_receives.c printed {line:?}"))?;
    let status = fs::read_to_string(format!("/proc/{}/status", server.child.id()));
    let resident = status
        .map_err(|error| error.to_string())?
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse().ok())
        .map(|kilobytes: f64| kilobytes * 1024.0)
        .ok_or("the host does not tell what is resident")?;
    Ok(Usage { heap, resident })
}

fn proceed(server: &mut Program) -> Result<(), String> {
    server.tell("")
}
